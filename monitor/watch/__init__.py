"""Poll the sources, compare with what is stored, record what changed."""
