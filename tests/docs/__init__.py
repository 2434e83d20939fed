"""What the documents say holds: commands, options, keys, links, configurations and pictures exist."""
