"""What one issue says, in which order, when it is due, and how it looks."""
