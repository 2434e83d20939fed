"""What one digest contains, in which order, when it is due, and how it is rendered."""
