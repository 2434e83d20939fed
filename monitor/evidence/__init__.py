"""Evidence: the design of one article, its relevance, which reports are one trial, and the topic's answer. Pure."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from monitor.evidence.article.classification.rules import RULES_VERSION

if TYPE_CHECKING:
    from monitor.evidence.article.assess import assess
    from monitor.evidence.question.answer import answer
    from monitor.evidence.question.causes import causes
    from monitor.evidence.question.screening_queue import Awaiting, awaiting

__all__ = ["RULES_VERSION", "Awaiting", "answer", "assess", "awaiting", "causes"]

_MODULES = {
    "assess": "article.assess",
    "answer": "question.answer",
    "causes": "question.causes",
    "Awaiting": "question.screening_queue",
    "awaiting": "question.screening_queue",
}


def __getattr__(name: str) -> Any:
    """What is asked for by this name (PEP 562), imported only then: a service with nothing to judge holds no rules."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
