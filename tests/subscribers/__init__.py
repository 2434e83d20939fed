"""Subscriptions from sign-up to erasure."""
