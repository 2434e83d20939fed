"""Write the pages of the demo: the history of the answer, every digest, every mailbox. No script, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any

from monitor import store
from monitor.demo import mailboxes, picture
from monitor.demo.corpus import Entry
from monitor.demo.folder import Folder
from monitor.demo.mailboxes import Box, Letter
from monitor.demo.story import Step, Story
from monitor.digests import render
from monitor.evidence.conclude import standing
from monitor.model import Answer, AnswerRecord, ArchivedDigest, Article, ChangeKind, Frequency
from monitor.render import urls
from monitor.render.dates import ENGLISH
from monitor.render.placeholders import Placeholder
from monitor.render.templates import fill_template
from monitor.render.text import names
from monitor.store import Database, Tx

FREQUENCY_WORDS = {
    Frequency.AT_ONCE: "at once",
    Frequency.DAILY: "daily",
    Frequency.WEEKLY: "weekly",
    Frequency.MONTHLY: "monthly",
}
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _CauseView:
    article: Article
    by: str
    trial: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class _IssueView:
    href: str
    frequency_words: str
    until: datetime
    subject: str
    answer_changed: bool


@dataclass(frozen=True, slots=True)
class _StepView:
    record: AnswerRecord
    before: Answer | None
    on: date
    new_lines: tuple[str, ...]
    causes: tuple[_CauseView, ...]
    told_by: tuple[_IssueView, ...]


@dataclass(frozen=True, slots=True)
class _Year:
    year: int
    digests: tuple[_IssueView, ...]
    changed: bool


def write(story: Story, entries: Sequence[Entry], db: Database, folder: Folder, site: str) -> Path:
    """Write all pages of a replay into the `folder` that holds its mail; returns the page to open.

    Digests have links to `site`, the real pages.
    """
    with db.read() as tx:
        issues = {issue.id: _write_digest(tx, issue, folder, site) for issue in story.digests}
        told = _told_by(tx, story.topic.key, issues)
        now = standing(tx, story.topic, datetime.combine(story.until, time(), UTC))
    boxes = [_write_mailbox(address, frequency, folder) for address, frequency in story.mailboxes]
    records = [step.record for step in story.steps]
    known = {entry.pmid for entry in entries if entry.pmid_is_known}
    html = fill_template(
        "demo/index.html",
        story=story,
        now=now.answer if now else None,
        picture=picture.draw(records, story.start, story.until),
        steps=[_step(step, known, told.get(step.record.id, ())) for step in story.steps],
        boxes=boxes,
        years=list(_years(issues.values())),
        notes=_notes(entries),
        day=_day,
    )
    return folder.write("index.html", html)


def _day(on: date) -> str:
    return ENGLISH.day(on.date() if isinstance(on, datetime) else on)


def _write_digest(tx: Tx, issue: ArchivedDigest, folder: Folder, site: str) -> _IssueView:
    """The digest as the archive shows it: without any subscriber's own links."""
    content, rendered = store.digests.get(tx, issue.id)
    name = f"digests/{issue.id:04}-{issue.frequency}-{issue.until:%Y-%m-%d}.html"
    links = {
        Placeholder.UNSUBSCRIBE: f"{site}/link",
        Placeholder.PREFERENCES: f"{site}/link",
        Placeholder.DIGEST: urls.digest_page(site, issue.id),
    }
    folder.write(name, render.page(content, rendered, links))
    return _IssueView(name, FREQUENCY_WORDS[issue.frequency], issue.until, issue.subject, issue.answer_changed)


def _told_by(tx: Tx, topic: str, issues: Mapping[int, _IssueView]) -> dict[int, tuple[_IssueView, ...]]:
    """The digests that announced each answer."""
    changes = store.changes.recent(tx, topic, _ALL, {ChangeKind.ANSWER})
    return {
        change.answer_id: tuple(issues[number] for number in sorted(store.digests.digested_in(tx, change.id).values()))
        for change in changes
        if change.answer_id
    }


def _step(step: Step, known: set[str], told_by: tuple[_IssueView, ...]) -> _StepView:
    held = set(step.before.lines) if step.before else set()
    new_lines = tuple(line for line in step.record.answer.lines if line not in held)
    causes = tuple(
        _CauseView(
            article=cause.article,
            by=names(cause.article.authors, is_complete=cause.article.authors_complete),
            trial=(", ".join(cause.trial.numbers) or cause.trial.name) if cause.trial else "",
            is_known=cause.article.pmid in known,
        )
        for cause in step.causes
    )
    return _StepView(step.record, step.before, step.on, new_lines, causes, told_by)


def _years(issues: Iterable[_IssueView]) -> Iterable[_Year]:
    for year, group in groupby(sorted(issues, key=lambda issue: issue.until), key=lambda issue: issue.until.year):
        digests = tuple(group)
        yield _Year(year, digests, any(issue.answer_changed for issue in digests))


def _write_mailbox(address: str, frequency_words: str, folder: Folder) -> Box:
    files = sorted((folder.path / "mail" / address).glob("*.eml"))
    letters = [mailboxes.read(file.read_bytes(), file.name) for file in files]
    box = Box(address, frequency_words, len(letters), f"mail/{address}/index.html")
    for letter in letters:
        folder.write(f"mail/{address}/{letter.page}", _letter_page(letter, box))
    folder.write(box.href, fill_template("demo/mailbox.html", box=box, mails=letters, day=_day))
    return box


def _letter_page(letter: Letter, box: Box) -> str:
    return fill_template("demo/mail.html", mail=letter, box=box, day=_day)


def _notes(entries: Sequence[Entry]) -> dict[str, Any]:
    """What the page says about the corpus, counted from its data."""
    decisive = ("rct", "rct_protocol", "systematic_review", "controlled_nonrandomized")
    from_memory = [e for e in entries if e.created_from == "memory"]
    seed = next(entry for entry in entries if entry.id == "ccsvi-138")
    return {
        "memory_dates": len(from_memory),
        "assumed_dates": sum(e.created_from == "assumed" for e in entries),
        "described_titles": sum(e.title_is_descriptive for e in entries),
        "invented_pmids": sum(not e.pmid_is_known for e in entries),
        "decisive_from_memory": [
            f"{e.title} ({ENGLISH.day(e.created_on)})" for e in from_memory if e.design in decisive
        ],
        "not_in_pubmed": [e.title for e in entries if e.is_in_pubmed == "no"],
        "citing": sum(any(link.basis == "illustrative" for link in e.cites) for e in entries),
        "seed_on": seed.created_on,
    }
