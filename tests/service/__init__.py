"""The running service, as processes and as one tick."""
