"""What a digest shows, as its templates read it: items, sections, trials, searches, the subject."""
