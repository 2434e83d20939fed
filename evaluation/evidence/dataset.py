"""Labelled records for measuring the evidence rules, as Articles."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from monitor.evidence.article.json_lines import article_of
from monitor.model import Article


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled record; `label` is by a person or from the weakly labelled set."""

    set: str
    label: str
    basis: str
    pmid: str
    title: str
    abstract: str
    types: tuple[str, ...]
    mesh: tuple[str, ...]
    journal: str
    article: Article


def load_rows(path: Path) -> list[Row]:
    """All rows of the gzipped JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_row(json.loads(line)) for line in lines]


def _row(raw: dict[str, object]) -> Row:
    article = article_of(raw)
    return Row(
        str(raw["set"]),
        str(raw["label"]),
        str(raw["basis"]),
        article.pmid,
        article.title,
        str(raw.get("abstract") or ""),
        tuple(t.name for t in article.publication_types),
        tuple(m.name for m in article.mesh),
        article.journal,
        article,
    )
