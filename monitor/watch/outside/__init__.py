"""Sources other than PubMed: each asked in its own rhythm, what they told compared with what is held."""
