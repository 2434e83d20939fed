"""The XML of PubMed records → Articles."""
