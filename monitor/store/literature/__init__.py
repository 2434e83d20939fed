"""Searches, polls, articles, citations and changes."""
