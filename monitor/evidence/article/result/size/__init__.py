"""How many people a trial is of."""
