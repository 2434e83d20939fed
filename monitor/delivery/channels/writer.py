"""A delivery to a channel as its message: for people a few lines with links, for programs the digest's content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import msgspec

from monitor import store
from monitor.delivery.personalize import date_language
from monitor.digests.display.subject import summary
from monitor.digests.display.view import HEADINGS
from monitor.language.speech import gettext as _
from monitor.language.speech import later_plural, ngettext, speaking
from monitor.language.stored import answer_text, change_text, stored
from monitor.links import Links
from monitor.model import (
    AnswerRecord,
    ArchivedDigest,
    ChannelMessage,
    Delivery,
    Digest,
    DigestKind,
    Paragraph,
    Settings,
)
from monitor.render import as_json, structs, urls
from monitor.render.dates import Dates
from monitor.render.placeholders import clean, fill
from monitor.render.text import clip
from monitor.store import Database, Tx

#: The version of the JSON that programs get; a field that is added does not change it.
VERSION = 1
#: The longest title and sentence in a message to a room, in bytes.
_TITLE, _SENTENCE = 300, 700
#: How many things outside PubMed a message to a room names.
_OUTSIDE = 20


class ChannelWriter:
    """Makes the message of each delivery; see `delivery.outbox.Writer`."""

    def __init__(self, settings: Settings, links: Links, db: Database) -> None:
        self._settings, self._links, self._db = settings, links, db

    def with_in_reply_to(self, _tx: Tx, batch: list[Delivery]) -> list[Delivery]:
        """The same: a room has no threads that all services know."""
        return batch

    def message(self, delivery: Delivery, at: datetime) -> ChannelMessage:
        """The message of one delivery, sent at `at`."""
        with self._db.read() as tx:
            digest, rendered = store.digests.get(tx, delivery.digest_id)
            record = _record(tx, digest)
        page = self._links.digest_url(delivery.digest_id, is_listed=digest.kind is not DigestKind.WELCOME)
        catalogue = self._settings.catalogue(digest.topic)
        write = Dates(date_language(delivery.language, rendered.language), delivery.timezone).write
        subject = " ".join(fill(rendered.subject, {}, write, is_html=False).split())
        zone = self._settings.topic(digest.topic).digest.timezone
        with speaking(catalogue):
            told = fill(summary(digest, zone), {}, write, is_html=False)
            answer = clip(answer_text(digest.answer.sentence), _SENTENCE)
            lines = (Paragraph(answer), Paragraph(told), *_news(digest))
        document = msgspec.json.encode(self._document(delivery, digest, record, subject, page))
        return ChannelMessage(delivery.message_id, at, subject, lines, page, document, catalogue)

    def _document(
        self, delivery: Delivery, digest: Digest, record: AnswerRecord, subject: str, page: str
    ) -> structs.DigestMessage:
        url = self._settings.web.public_url
        archived = ArchivedDigest(
            delivery.digest_id,
            digest.topic,
            digest.kind,
            digest.frequency,
            digest.since,
            digest.until,
            subject,
            digest.answer_changed,
        )
        return structs.DigestMessage(
            version=VERSION,
            id=delivery.message_id,
            topic=as_json.topic(self._settings.topic(digest.topic), url),
            digest=msgspec.structs.replace(as_json.digest(archived, url), page=page),
            answer=as_json.answer(record),
            notes=[clean(note.why) for note in digest.notes],
            changes=[as_json.change(one, item.article) for item in digest.items for one in item.changes],
            outside=[as_json.outside_item(one.item) for one in digest.outside],
            left_out=[pmid for _, pmids in digest.left_out_pmids for pmid in pmids],
        )


def _record(tx: Tx, digest: Digest) -> AnswerRecord:
    """The answer as the digest has it, with when it was found; where no record has it, the digest's own instant."""
    known = [one for one in store.answers.history(tx, digest.topic) if one.at <= digest.until]
    return replace(known[-1], answer=digest.answer) if known else AnswerRecord(digest.answer, digest.until)


def _news(digest: Digest) -> Iterator[Paragraph]:
    """What is new, a line for each: changes of the question and of searches, articles, and how many more there are."""
    for note in digest.notes:
        yield Paragraph(clip(change_text(note.why), _SENTENCE))
    for item in digest.items:
        title = clip(item.article.title or item.article.vernacular_title or _("(no title)"), _TITLE)
        url = urls.report(item.article.pmid, item.article.doi)
        label = "PubMed" if urls.pubmed(item.article.pmid) else "DOI"
        yield Paragraph(_("%(section)s: %(title)s", section=_(HEADINGS[item.section]), title=title), url, label)
    for news in digest.outside[:_OUTSIDE]:
        told = " ".join((news.item.title, *(stored(one, "outside") for one in news.item.sentences)))
        text = _("%(section)s: %(title)s", section=_(HEADINGS[news.section]), title=clip(told, _SENTENCE))
        yield Paragraph(text, news.item.url, news.item.source)
    if (more := len(digest.outside) - _OUTSIDE) > 0:
        yield Paragraph(ngettext("%(number)s more outside PubMed", "%(number)s more outside PubMed", more))
    for section, number in digest.left_out:
        one, many = later_plural("%(section)s: %(number)s more article", "%(section)s: %(number)s more articles")
        yield Paragraph(ngettext(one, many, number, section=_(HEADINGS[section])))
