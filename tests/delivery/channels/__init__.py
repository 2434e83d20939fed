"""Channels against real loopback servers."""
