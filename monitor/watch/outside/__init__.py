"""What sources other than PubMed are asked for each topic, and what becomes of their answers."""
