"""The labelled abstracts of `../shared/data/results` and those read by us, for training and measuring."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.evidence.article import json_lines
from monitor.evidence.article.assess import doubted, reading_and_finding, score_of
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.text import Reading
from monitor.model import Article, Design

#: Beside the checkout; the texts belong to their authors and are not part of the product.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "results"

#: Our own labels by PMID, and the records they were read from: the second file stands beside the checkout too.
READ_BY_US = Path(__file__).with_name("read_by_us.jsonl")
RECORDS = DATA.parent / "rct" / "dev_and_train.jsonl.gz"
#: More reports labelled by us, to measure with and never to train on: see blind.py.
BLIND = Path(__file__).with_name("read_blind.jsonl")
READ_POOLS = ("cohen", "old")
FOLDS = 5


@dataclass(frozen=True)
class Row:
    """One article with its labels and its words as the product reads them."""

    id: str
    gold: dict[str, Any]
    article: Article
    reading: Reading
    said: list[Spoken]
    design: Design
    sentences: list[dict[str, Any]]  # labelled sentences; none in the rows read by us

    @property
    def is_randomized(self) -> bool:
        """Whether the product calls it the report of a randomised trial."""
        return self.design is Design.RANDOMIZED

    @property
    def fold(self) -> int:
        """The part in which this row is judged by models that have not seen it."""
        return _hash(f"f{self.id}") % FOLDS

    @property
    def half(self) -> str:
        """ "development" (read while writing the rules), "opened" (read after a first measurement) or "held back"."""
        if self.gold["pool"] in READ_POOLS:
            return "opened" if _hash(f"look:{self.id}") % 2 == 0 else "held back"
        if _hash(f"half:{self.id}") % 2 == 0:
            return "development"
        return "held back" if _hash(f"quarter:{self.id}") % 2 == 0 else "opened"


def load(folder: Path = DATA) -> list[Row]:
    """All labelled rows in the order of the file."""
    texts = {row["id"]: row for row in lines(folder / "abstracts.jsonl")}
    sentences: dict[str, list[dict[str, Any]]] = {}
    for one in lines(folder / "sentences.jsonl"):
        sentences.setdefault(one["id"], []).append(one)
    rows = [_row(gold, texts[gold["id"]], sentences.get(gold["id"], [])) for gold in lines(folder / "dev.jsonl")]
    return rows + read_by_us()


def read_by_us() -> list[Row]:
    """The rows labelled by us, in the order of the file; none where the records are not beside the checkout."""
    if not RECORDS.exists():
        return []
    return _with_texts(READ_BY_US)


def read_blind() -> list[Row]:
    """The rows labelled only to measure with."""
    return _with_texts(BLIND)


def _with_texts(file: Path) -> list[Row]:
    golds = {gold["pmid"]: gold for gold in lines(file)}
    with gzip.open(RECORDS, "rt", encoding="utf-8") as records:
        texts = {text["pmid"]: text for text in map(json.loads, records) if text["pmid"] in golds}
    return [_row({"id": pmid, "traps": [], **gold}, texts[pmid], []) for pmid, gold in golds.items()]


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _row(gold: dict[str, Any], text: dict[str, Any], sentences: list[dict[str, Any]]) -> Row:
    article = json_lines.article_of(text)
    reading, finding = reading_and_finding(article)
    design = doubted(finding, score_of(reading, finding)).design
    return Row(gold["id"], gold, article, reading, spoken(reading), design, sentences)


def _hash(text: str) -> int:
    return int(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), 16)
