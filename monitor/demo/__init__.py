"""The CCSVI literature from 2009 to today, replayed through the real service on this machine."""
