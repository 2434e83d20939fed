"""The literature from 2009 to today, replayed through the real service, for anyone who wants to see it work."""
