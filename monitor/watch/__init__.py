"""Ask the sources, compare with what is held, record what changed."""
