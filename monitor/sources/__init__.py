"""The outside world, one package per upstream."""
