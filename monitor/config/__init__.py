"""Configuration: YAML and environment → frozen `monitor.model.Settings`, all mistakes at once."""

from monitor.config.load import Reading, load, load_topics, read

__all__ = ["Reading", "load", "load_topics", "read"]
