"""The pages where a named person screens articles, opened by a signed link."""
