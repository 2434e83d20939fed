"""Evidence: the design of one article, its relevance, which reports are one trial, and the topic's answer. Pure."""

from monitor.evidence.answer import answer
from monitor.evidence.assess import assess
from monitor.evidence.awaiting import Awaiting, awaiting
from monitor.evidence.causes import causes
from monitor.evidence.rules import RULES_VERSION

__all__ = ["RULES_VERSION", "Awaiting", "answer", "assess", "awaiting", "causes"]
