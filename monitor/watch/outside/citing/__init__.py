"""Indexes of citations: asked who cites a topic's seed, and what their answers change."""
