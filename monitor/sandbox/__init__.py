"""A loopback PubMed and mailbox, the demo corpus and the replay: what can be tried without NCBI."""
