"""What all reports say together."""
