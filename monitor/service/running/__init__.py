"""The process itself: its clock, its beats, its signs of life and how it stops."""
