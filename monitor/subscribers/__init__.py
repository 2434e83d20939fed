"""Subscriptions from sign-up to erasure: double opt-in, preferences, unsubscribe, import, retention."""
