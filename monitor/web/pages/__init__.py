"""The public pages of a topic: the answer, its articles, its digests."""
