"""What a subscriber does on pages."""
