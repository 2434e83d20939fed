"""Verdicts, screenings and answers."""
