"""Evidence: the design of one article, its relevance, which reports are one trial, and the topic's answer. Pure."""

from monitor.evidence.article.assess import assess
from monitor.evidence.article.classification.rules import RULES_VERSION
from monitor.evidence.question.answer import answer
from monitor.evidence.question.causes import causes
from monitor.evidence.question.screening_queue import Awaiting, awaiting

__all__ = ["RULES_VERSION", "Awaiting", "answer", "assess", "awaiting", "causes"]
