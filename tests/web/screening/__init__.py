"""The screening pages."""
