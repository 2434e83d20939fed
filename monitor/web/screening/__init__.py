"""Where a named person judges articles by a signed link."""
