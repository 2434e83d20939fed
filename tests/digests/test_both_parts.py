"""The text part says all that the HTML part says, and the reverse: each text and number of a digest stands in both."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import pytest
from markupsafe import Markup

from monitor.digests import render
from monitor.digests.display.item import Compared, ItemView
from monitor.digests.display.trial_view import TrialView
from monitor.digests.display.view import Site, values
from monitor.model import ChangeKind, Digest
from monitor.render.templates import fill_template
from tests.support.digest_samples import NEW_ABSTRACT, OLD_ABSTRACT, SITE, TOPIC, change, every_kind, first, news, quiet
from tests.support.values import field_names, with_fields

#: What only one part can hold, and why: the words for a picture stand where the picture does, and the list of trials
#: below it says the same in both parts; a key is an anchor's name, the language of a title an attribute; what
#: follows is no text for readers.
ONE_PART = {"picture_alt", "key", "title_language"}


class Marked:
    """Texts and numbers of a digest, each in place of its value a mark that occurs nowhere else."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}
        self._number = itertools.count(70_001)

    def mark(self, value: Any, name: str) -> Any:
        """`value` with all its texts and numbers replaced, however deep; switches stay as they are."""
        if isinstance(value, bool) or value is None or name in ONE_PART:
            return value
        if isinstance(value, str | int):
            return self._marked(value, name) if value else value
        if isinstance(value, dict):
            return {key: self.mark(one, key if name == "values" else f"{name}.{key}") for key, one in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value, name)
        return type(value)(self.mark(one, f"{name}[{place}]") for place, one in enumerate(value))

    def _fields(self, value: Any, name: str) -> Any:
        marked = {
            field.name: getattr(value, field.name)
            if field.name in ONE_PART
            else self.mark(getattr(value, field.name), f"{name}.{field.name}")
            for field in fields(value)
        }
        if isinstance(value, ItemView):  # one title, as text and as HTML
            self.marks.pop(str(marked["title_markup"]))
            marked["title_markup"] = Markup(marked["title"])  # noqa: S704  a mark of ours
        if isinstance(value, ItemView | TrialView) and marked["url"]:  # the first of its links
            assert value.url == value.links[0].url
            self.marks.pop(marked["url"])
            marked["url"] = marked["links"][0].url
        return replace(value, **marked)

    def _marked(self, value: str | int, name: str) -> str | int:
        number = next(self._number)
        mark = str(number) if isinstance(value, int) else f"mark{number}"
        self.marks[mark] = name
        return number if isinstance(value, int) else mark


def rendered(digest: Digest, site: Site = SITE) -> tuple[str, str, dict[str, str]]:
    """Text, HTML, and the marks that stand in place of every value, by mark."""
    marked = Marked()
    shown = marked.mark(values(digest, TOPIC, site), "values")
    parts = [
        fill_template(f"digest/body.{kind}", has_placeholders=True, subject="S", **shown) for kind in ("txt", "html")
    ]
    text, html = (part.replace(",", "").lower() for part in parts)
    return text, html, marked.marks


def question_changed() -> Digest:
    """Every kind of change, and another question."""
    return every_kind(change(ChangeKind.QUESTION_CHANGED, number=30, why="The question was changed on 28 Sep 2018."))


@pytest.mark.parametrize("digest", [every_kind(), question_changed(), news(), quiet(), first()])
@pytest.mark.parametrize("site", [SITE, replace(SITE, public_url="")])
def test_each_text_and_number_of_a_digest_stands_in_both_parts(digest: Digest, site: Site) -> None:
    """Or in neither, where a template has no use for it."""
    text, html, marks = rendered(digest, site)
    assert [name for mark, name in marks.items() if (mark in text) != (mark in html)] == []
    assert sum(mark in html for mark in marks) > 20


def test_nothing_that_a_digest_holds_is_shown_in_neither_part() -> None:
    """Of the digest with a change of every kind, all but what the templates only decide by."""
    text, html, marks = rendered(every_kind())
    neither = {re.sub(r"\[\d+\]", "", name) for mark, name in marks.items() if mark not in text + html}
    assert neither <= {"operator_email", "sections.items.whys.label"}


#: Fields of a digest by which it is arranged, and the title as HTML, of which the text part has the plain form.
STRUCTURE = {"topic", "section", "pmid", "field", "speaker", "left_out", "left_out_pmids", "merged_into", "title_html"}


def filled(value: Any, marks: Iterator[str], name: str = "") -> Any:
    """`value` with a mark in place of each text in it, however deep, also where it was empty."""
    if name in STRUCTURE or isinstance(value, StrEnum):
        return value
    if isinstance(value, str):
        return f"{next(marks)}."
    if isinstance(value, tuple):
        return tuple(filled(one, marks, name) for one in value)
    if names := field_names(value):
        return with_fields(value, {name: filled(getattr(value, name), marks, name) for name in names})
    return value


@pytest.mark.parametrize("site", [SITE, replace(SITE, public_url="")])
def test_each_field_of_a_digest_stands_in_both_parts_or_in_none(site: Site) -> None:
    """Filled to the brim: whatever a template or a view leaves out, it leaves out of both."""
    marks = (f"mark{number}" for number in itertools.count(70_001))
    digest = filled(every_kind(), marks)
    digest = replace(digest, items=tuple(replace(i, article=replace(i.article, title_html="")) for i in digest.items))
    made = render.render(digest, TOPIC, site)
    in_text, in_html = (set(re.findall(r"mark\d{5}", part.lower())) for part in (made.text, made.html))
    assert in_text == in_html
    assert len(in_text) > 200


def words_of(digest: Digest) -> Iterator[str]:
    """Both parts as a reader sees them, on one line."""
    made = render.render(digest, TOPIC, SITE)
    yield " ".join(made.text.split())
    yield " ".join(re.sub("<[^>]+>", "", made.html).split())


@pytest.mark.parametrize(
    "said",
    [
        "1 article whose record could not be read yet",
        "Listed by PubMed, found by the search “ccsvi”; its record could not be read yet",
        "Back: found again by the search “ccsvi”",
        "Now under PMID 31000018 in PubMed",
        "No longer retracted (reinstated)",
        "The search “ccsvi” was changed on 27 Sep 2018: 12 articles no longer matched, 3 more.",
        "The result that its authors state has changed: before “benefit”, now “no difference”",
        "Trials of other questions",
        "PubMed could not use a part of this search; the operator has been told",
        "912 matches in PubMed, 911 on record",
        "914 articles on record for this question, 3 of them no longer listed by any search.",
    ],
)
def test_each_new_kind_of_change_is_said_in_plain_words(said: str) -> None:
    """In both parts, and nowhere in PubMed's own."""
    for part in words_of(every_kind()):
        assert said in part.replace("LISTED", "Listed") or said.upper() in part
        assert "PhraseNotFound" not in part


def test_a_revised_abstract_is_shown_as_what_was_said_before_and_now() -> None:
    """The changed words are marked, by words, asterisks and elements, not by colour."""
    made = render.render(every_kind(), TOPIC, SITE)
    text = " ".join(made.text.split())
    assert 'Conclusion before: "Venous angioplasty *improved* disability compared with sham' in text
    assert 'Conclusion now: "Venous angioplasty *did not improve* disability' in text
    assert 'Sentence now: "The score fell by *0.2* points (P = *0.63).*"' in text
    html = " ".join(made.html.split())
    assert re.search(r"Conclusion before:</span> &ldquo;Venous angioplasty <del [^>]*>improved</del> disability", html)
    assert re.search(r"Conclusion now:</span> &ldquo;Venous angioplasty <ins [^>]*>did not improve</ins>", html)
    assert OLD_ABSTRACT != NEW_ABSTRACT
    (item,) = [item for item in values(every_kind(), TOPIC, SITE)["sections"][0].items if item.whys[0].is_alarm]
    assert all(isinstance(one, Compared) for why in item.whys for one in why.compared)
