"""The public JSON API and its OpenAPI document."""
