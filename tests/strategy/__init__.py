"""Trying search strategies: on the past, and against another one."""
