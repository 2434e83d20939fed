"""One module for each E-utility that the sandbox answers."""
