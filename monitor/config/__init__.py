"""Configuration: YAML and environment → frozen `monitor.model.Settings`, all mistakes at once."""

from monitor.config.load import Reading, load, load_topics, read
from monitor.config.signing_key import key_path, sqlite_file, with_secret_key
from monitor.config.subscribers_file import read_people

__all__ = ["Reading", "key_path", "load", "load_topics", "read", "read_people", "sqlite_file", "with_secret_key"]
