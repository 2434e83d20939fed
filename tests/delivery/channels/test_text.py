"""A chat message is within the service's limit, and no link of it is cut."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.channels.text import LONGEST, chat_text
from monitor.model import ChannelMessage, Paragraph
from tests.support.digest_samples import NOW

PAGE = "https://monitor.example.org/digests/17"
_LINK = re.compile(r"https://\S*")


def message(*paragraphs: Paragraph, subject: str = "CCSVI in MS", page: str = PAGE) -> ChannelMessage:
    """A message of these paragraphs."""
    return ChannelMessage("<1@example.org>", NOW, subject, paragraphs, page, b"{}")


paragraph = st.builds(
    Paragraph,
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300).filter(lambda text: "https:" not in text),
    st.sampled_from(["", "https://pubmed.ncbi.nlm.nih.gov/24975855/", "https://doi.org/10.1/a(b)c_d"]),
    st.just("PubMed"),
)


@given(st.lists(paragraph, min_size=1, max_size=40), st.integers(600, 40_000), st.booleans())
def test_whatever_a_digest_says_it_fits_and_its_links_are_whole(
    paragraphs: list[Paragraph], limit: int, is_markdown: bool
) -> None:
    """The last line leads to all of it."""
    text = chat_text(message(*paragraphs), limit, is_markdown=is_markdown)
    assert len(text.encode()) <= min(limit, LONGEST)
    whole = {PAGE} | {one.url.replace("(", "%28").replace(")", "%29") if is_markdown else one.url for one in paragraphs}
    assert {link.rstrip(")") if is_markdown else link for link in _LINK.findall(text)} <= whole
    assert PAGE in text


def test_what_has_no_room_is_counted() -> None:
    """So that nobody takes a part for the whole."""
    many = [Paragraph(f"Controlled trials: {'word ' * 20}{number}") for number in range(50)]
    text = chat_text(message(Paragraph("The answer."), *many), 1_000, is_markdown=False)
    shown = text.count("Controlled trials")
    assert f"And {50 - shown} more lines in the whole digest." in text
    assert text.startswith("The answer.")


def test_an_answer_longer_than_a_message_is_shortened_at_a_word() -> None:
    """It leads to the digest all the same."""
    text = chat_text(message(Paragraph("long " * 900)), 1_000, is_markdown=True)
    assert text.startswith("long long")
    assert "long …" in text
    assert text.endswith(f"[read it here]({PAGE})")
    assert LONGEST == 3_000


def test_without_pages_there_is_no_link_to_any() -> None:
    """Only what it says."""
    assert chat_text(message(Paragraph("The answer."), page=""), 1_000, is_markdown=True) == "The answer."


def test_signs_of_markdown_are_shown_and_do_nothing() -> None:
    """In a title they mean themselves; a room that shows plain text gets them as they are."""
    title = r"A*B `C` ~D~ E\F |G| _H_ I_J <b>K</b> [L](M) 3 < 4"
    shown = "A∗B ʼCʼ ∼D∼ E∖F ∣G∣ -H- I_J ‹b>K‹/b> \\[L\\](M) 3 < 4"
    assert chat_text(message(Paragraph(title), page=""), 1_000, is_markdown=True) == shown
    assert chat_text(message(Paragraph(title), page=""), 1_000, is_markdown=False) == title


def test_nobody_is_called_by_a_title() -> None:
    """An address stays readable."""
    (written,) = {chat_text(message(Paragraph("@here a@b.org @ 5"), page=""), 1_000, is_markdown=is_) for is_ in (0, 1)}
    assert written == "@\u200bhere a@\u200bb.org @ 5"


def test_a_link_is_written_as_the_service_shows_links() -> None:
    """In Markdown under its name; elsewhere bare, with nothing behind it that could be taken for a part of it."""
    paper = Paragraph("A trial", "https://doi.org/10.1/a(b) c", "DOI")
    nameless = replace(paper, label="")
    assert chat_text(message(paper, page=""), 1_000, is_markdown=True) == (
        "A trial: [DOI](https://doi.org/10.1/a%28b%29%20c)"
    )
    assert chat_text(message(nameless, page=""), 1_000, is_markdown=True).startswith("A trial: [link](")
    assert chat_text(message(paper, page=""), 1_000, is_markdown=False) == "A trial: https://doi.org/10.1/a(b) c"


def test_one_line_that_has_no_room_is_counted_as_one() -> None:
    """In the singular."""
    text = chat_text(message(Paragraph("The answer."), Paragraph("long " * 200)), 1_000, is_markdown=False)
    assert "And 1 more line in the whole digest." in text


MORE = "\n\nAnd {} more lines in the whole digest."
END = f"\n\nThe whole digest: {PAGE}"


def test_lines_stand_apart_with_the_link_to_all_of_it_at_the_end() -> None:
    """What is left out is told before the link."""
    lines = Paragraph("One."), Paragraph("Two."), Paragraph("Three.")
    assert chat_text(message(*lines), 1_000, is_markdown=False) == f"One.\n\nTwo.\n\nThree.{END}"
    assert chat_text(message(Paragraph("One."), *[Paragraph("x" * 900)] * 2), 1_000, is_markdown=False) == (
        f"One.{MORE.format(2)}{END}"
    )


@pytest.mark.parametrize("subject", ["", "éé"])
@pytest.mark.parametrize("is_markdown", [True, False])
@pytest.mark.parametrize(
    ("room", "shown", "left_out"),
    [
        (4 * 42, 4, ""),
        (4 * 42 - 1, 3, "And 1 more line in the whole digest."),
        (3 * 42 + 38, 3, "And 1 more line in the whole digest."),
        (3 * 42 + 37, 2, "And 2 more lines in the whole digest."),
        (2 * 42 + 39, 2, "And 2 more lines in the whole digest."),
        (2 * 42 + 38, 1, "And 3 more lines in the whole digest."),
        (42 + 39, 1, "And 3 more lines in the whole digest."),
    ],
)
def test_as_many_lines_are_shown_as_fit_to_the_byte(
    room: int, shown: int, left_out: str, subject: str, is_markdown: bool
) -> None:
    """The title and 60 bytes for what the service adds are kept free; blank lines and the last line count."""
    line = "é" * 20
    ending = f"The whole digest: [read it here]({PAGE})" if is_markdown else f"The whole digest: {PAGE}"
    limit = room + len(ending) + 2 + len(subject.encode()) + 60
    text = chat_text(message(*[Paragraph(line)] * 4, subject=subject), limit, is_markdown=is_markdown)
    assert text.split("\n\n") == [*[line] * shown, *([left_out] if left_out else []), ending]


@pytest.mark.parametrize(("room", "begins"), [(42 + 38, "é" * 13), (39 + 9, "é" * 3), (39 + 1, ""), (10, "")])
def test_of_a_first_line_that_does_not_fit_two_thirds_of_the_room_are_shown(room: int, begins: str) -> None:
    """Markdown may add signs; half a letter is never sent."""
    limit = room + len(END) + 60
    text = chat_text(message(*[Paragraph("é" * 20)] * 4, subject=""), limit, is_markdown=False)
    assert text == f"{begins} …{MORE.format(4)}{END}"
