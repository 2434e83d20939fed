"""One module for each E-utility."""
