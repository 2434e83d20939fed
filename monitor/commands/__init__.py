"""One module for each command: CLI word, file and function have the same name."""
