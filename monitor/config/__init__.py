"""Configuration: YAML and environment → frozen `monitor.model.Settings`, all mistakes at once."""

from monitor.config.files import files
from monitor.config.load import ConfigResult, database_url, load, load_topics, read
from monitor.config.shipped import shipped_topics
from monitor.config.signing_key import file_of, key_path, refuse_emptied, sqlite_file, with_secret_key
from monitor.config.subscribers_file import read_subscribers

__all__ = [
    "ConfigResult",
    "database_url",
    "file_of",
    "files",
    "key_path",
    "load",
    "load_topics",
    "read",
    "read_subscribers",
    "refuse_emptied",
    "shipped_topics",
    "sqlite_file",
    "with_secret_key",
]
