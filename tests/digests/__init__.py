"""What one issue says, when, and how it looks."""
