"""What one report is."""
