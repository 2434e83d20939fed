"""The seed of a topic: its DOI resolved, and what PubMed links it with."""
