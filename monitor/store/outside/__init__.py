"""What sources other than PubMed told: how each stands with each topic, and what is held of it."""
