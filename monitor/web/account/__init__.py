"""What a subscriber does on pages: sign up, confirm, change preferences, unsubscribe."""
