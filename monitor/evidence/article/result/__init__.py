"""What one report says of its result: direction, size, control, blinding, primary outcome, stage. Pure."""
