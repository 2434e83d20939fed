"""From the XML of a PubMed record to an Article."""
