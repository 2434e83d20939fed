"""Preprints: asked for, compared with what is held, joined with the articles they became, told."""

from monitor.watch.outside.preprints.ask import ask_due

__all__ = ["ask_due"]
