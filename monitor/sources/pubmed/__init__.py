"""PubMed through NCBI's E-utilities: `records` reads its XML, `Client` asks for it."""
