"""Subscribers, their consent, and the suppression list."""
