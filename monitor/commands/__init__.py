"""One module a command: the CLI word, the file and the function are one word."""
