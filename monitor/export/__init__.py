"""Records for other programs: RIS, BibTeX, CSV."""
