"""Export of records to reference managers and spreadsheets: RIS, NBIB, BibTeX, CSV."""
