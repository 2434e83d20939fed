"""Small values and what is done with them: identifiers, addresses, plain text, instants, waiting times."""
