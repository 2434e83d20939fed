"""Returned mail: fetched, matched to a delivery, and what follows: suspension, complaint, unsubscribe request."""
