"""Clients of the upstream services, one package each."""
