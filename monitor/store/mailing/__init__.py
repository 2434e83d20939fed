"""Digests, deliveries, transactional mail and bounces."""
