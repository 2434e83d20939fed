"""The mail as it goes out: its headers, its parts, and that nothing in a title becomes a header."""

from __future__ import annotations

import re
from dataclasses import replace
from email import charset, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import formataddr, parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.header_fields import checked_address, from_value, header_text
from monitor.delivery.mime import DigestTemplate, Heading, Picture, Recipient, SimpleMessage
from monitor.digests import render
from monitor.render import placeholders
from monitor.render.dates import ENGLISH
from monitor.render.drawing import timeline_png
from monitor.render.placeholders import Placeholder
from tests.support.digest_samples import NOW, SITE, THREE, TOPIC, news

HEADING = Heading(
    sender="Monitor für CCSVI <monitor@example.org>",
    list_id="ccsvi.example.org",
    help_address="operator@example.org",
    archive_url="https://monitor.example.org/topics/ccsvi",
)
RECIPIENT = Recipient(
    address="reader@example.net",
    message_id="<digest.1.2.abc@example.org>",
    unsubscribe_mailto="mailto:bounces+unsubscribe@example.org?subject=unsubscribe%20token",
    unsubscribe_url="https://monitor.example.org/unsubscribe/a=b&c",
    preferences_url="https://monitor.example.org/preferences/p",
    digest_url="https://monitor.example.org/digests/1",
)
RENDERED = render.render(news(), TOPIC, SITE)
PICTURE = timeline_png.draw(THREE.trials, NOW.date())


def message_bytes(
    rendered: render.Rendered = RENDERED, recipient: Recipient = RECIPIENT, picture: bytes = PICTURE
) -> bytes:
    """One copy as bytes."""
    pictures = [Picture(timeline_png.CONTENT_ID, "timeline.png", "image/png", picture)] if picture else []
    return DigestTemplate(rendered, HEADING, pictures).to(recipient, NOW)


def parsed(raw: bytes) -> EmailMessage:
    """One copy as the standard library reads it."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def test_the_headers_are_those_of_a_list_one_can_leave() -> None:
    """One recipient, one-click unsubscribe, no answer from a robot wanted."""
    message = parsed(message_bytes())
    assert message["From"] == "Monitor für CCSVI <monitor@example.org>"
    assert message["To"] == "<reader@example.net>" or message["To"] == "reader@example.net"
    assert message["Date"] == "Mon, 01 Oct 2018 07:00:00 +0000"
    assert message["Message-ID"] == "<digest.1.2.abc@example.org>"
    assert message["Subject"] == "CCSVI in MS: third sham-controlled trial reported"
    assert message["List-ID"] == "<ccsvi.example.org>"
    assert message["List-Unsubscribe"] == (
        "<https://monitor.example.org/unsubscribe/a=b&c>, "
        "<mailto:bounces+unsubscribe@example.org?subject=unsubscribe%20token>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Help"] == "<mailto:operator@example.org?subject=help>"
    assert message["List-Archive"] == "<https://monitor.example.org/topics/ccsvi>"
    assert (message["Auto-Submitted"], message["Precedence"]) == ("auto-generated", "bulk")
    assert all(len(message.get_all(name, [])) == 1 for name in ("From", "To", "Date", "Message-ID", "Subject"))


def test_one_click_is_offered_only_over_https() -> None:
    """RFC 8058 asks for it; a mailto alone cannot keep the promise."""
    message = parsed(message_bytes(recipient=replace(RECIPIENT, unsubscribe_url="")))
    assert message["List-Unsubscribe"] == "<mailto:bounces+unsubscribe@example.org?subject=unsubscribe%20token>"
    assert message["List-Unsubscribe-Post"] is None


def test_an_update_threads_to_the_first_mail() -> None:
    """A correction stands under the mail that reported the article."""
    message = parsed(message_bytes(recipient=replace(RECIPIENT, in_reply_to="<digest.0.2.abc@example.org>")))
    assert message["In-Reply-To"] == message["References"] == "<digest.0.2.abc@example.org>"


def test_the_parts_are_text_then_html_with_its_picture() -> None:
    """And they decode to what was rendered, with the reader's own links."""
    message = parsed(message_bytes())
    text, related = message.iter_parts()
    html, image = related.iter_parts()
    assert [part.get_content_type() for part in (text, html, image)] == ["text/plain", "text/html", "image/png"]
    urls = RECIPIENT.placeholder_urls()
    assert text.get_content().replace("\r\n", "\n") == placeholders.fill(
        RENDERED.text, urls, ENGLISH.write, is_html=False
    )
    assert html.get_content().replace("\r\n", "\n") == placeholders.fill(
        RENDERED.html, urls, ENGLISH.write, is_html=True
    )
    assert image.get_content() == PICTURE
    assert image["Content-ID"] == f"<{timeline_png.CONTENT_ID}>"
    assert f"cid:{image['Content-ID'][1:-1]}" in html.get_content()


@pytest.mark.parametrize(("letters", "is_folded"), [(35, False), (36, True)])
def test_a_line_with_an_encoded_name_is_folded_beyond_76_characters(letters: int, is_folded: bool) -> None:
    """RFC 2047, section 2: a line with an encoded word has at most 76."""
    name = "é " + "a" * letters
    line = f"From: {from_value(f'{name} <ann@example.org>')}"
    assert ("\r\n" in line, max(map(len, line.split("\r\n"))) <= 76) == (is_folded, True)


def test_another_library_that_changes_how_headers_are_encoded_changes_none_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Apprise does so for the whole process, as soon as it is asked for a room that is reached by mail."""
    before = header_text("Čačić")
    monkeypatch.setitem(charset.CHARSETS, "utf-8", (charset.QP, charset.QP, "utf-8"))
    assert header_text("Čačić") == before


def test_without_a_picture_there_is_no_related_part() -> None:
    """Just the two alternatives."""
    assert [part.get_content_type() for part in parsed(message_bytes(picture=b"")).iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_no_reader_ever_sees_a_mark() -> None:
    """Nor another reader's link."""
    one = message_bytes()
    other = message_bytes(recipient=replace(RECIPIENT, unsubscribe_url="https://monitor.example.org/unsubscribe/other"))
    for raw in (one, other):
        assert b"\x1a" not in raw
        assert b"=1A" not in raw
    assert b"unsubscribe/other" not in one
    assert b"unsubscribe/a" not in other


def test_every_line_is_short_ascii_and_ends_as_mail_lines_do() -> None:
    """Safe through any relay: 7 bit, CRLF, no line of more than 78 characters in a part."""
    raw = message_bytes()
    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 200  # List-Unsubscribe's address may not be folded
    _, _, body = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 78


@pytest.mark.parametrize(
    "name",
    [
        "Überwachung klinischer Fragen der Universitätsklinik für Neurologie Österreichs und der Ärztekammer",
        "Monitor of clinical questions, of the Department of Neurology, the University Hospital and the Chamber",
        "临床问题监测服务，大学医院神经内科与医师协会联合运营，每周发送一次摘要邮件给所有订阅者",
        "x" * 150,
        "Monitor für CCSVI",
        'Quoted "and" (commented), Inc.',
        "=?utf-8?q?fake?= name",
        "",
    ],
)
def test_a_long_name_in_from_is_folded_and_reads_as_it_was_meant(name: str) -> None:
    """RFC 2047 section 2: an encoded word has at most 75 characters, its line at most 76."""
    sender = (
        formataddr((name, "monitor@example.org"), charset="utf-8")
        if name.isascii()
        else (f"{name.replace(',', '')} <monitor@example.org>")
    )
    if name.startswith("=?"):
        sender = f'"{name}" <monitor@example.org>'
    raw = DigestTemplate(RENDERED, replace(HEADING, sender=sender)).to(RECIPIENT, NOW)
    (field,) = re.findall(rb"(?m)^From: [^\r\n]*(?:\r\n [^\r\n]*)*", raw.partition(b"\r\n\r\n")[0])
    assert all(len(line.rstrip(b"\r")) <= 76 for line in field.split(b"\n")), field
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+\?=", field))
    value = field.removeprefix(b"From: ").decode("ascii").replace("\r\n", "")
    assert parseaddr(value)[1] == "monitor@example.org"
    if " " in name:  # the standard library puts a blank between encoded words of a name, even within a word
        assert parsed(raw)["From"].addresses[0].display_name == name
    else:
        assert str(make_header(decode_header(value))) == (
            f"{name} <monitor@example.org>" if name else "monitor@example.org"
        )


def test_a_long_subject_in_another_script_stays_within_its_lines() -> None:
    """The same rule for the same reason."""
    subject = "Überraschend: " + "größere Wirkung " * 12
    raw = message_bytes(replace(RENDERED, subject=subject))
    (field,) = re.findall(rb"(?m)^Subject: [^\r\n]*(?:\r\n [^\r\n]*)*", raw.partition(b"\r\n\r\n")[0])
    assert all(len(line.rstrip(b"\r")) <= 76 for line in field.split(b"\n")), field
    assert parsed(raw)["Subject"] == subject.strip()


@pytest.mark.parametrize(
    "line",
    [
        "From here on",
        "From " + "x" * 200,
        "From From From",
        "a " * 37 + "From b " * 20,
        "From " + "ü" * 40,
        ".",
        "From ",
    ],
)
def test_no_line_begins_as_gateways_change_it(line: str) -> None:
    """ "From " becomes ">From " and a lone dot may end the mail: then the signature is broken (RFC 2049 section 3)."""
    text = f"{line}\n\n{line}\r\nafter\n{line}"
    for raw in (
        message_bytes(replace(RENDERED, text=text, html=f"<p>\n{text}\n</p>"), picture=b""),
        SimpleMessage("monitor@example.org", "a@example.org", "<m@example.org>", "s", text, text).written(NOW),
    ):
        body = raw.partition(b"\r\n\r\n")[2]
        lines = body.split(b"\r\n")
        assert not [one for one in lines if one.startswith(b"From ") or one == b"."]
        assert max(len(one) for one in lines) <= 76
        plain = parsed(raw).get_body(("plain",))
        assert plain is not None
        assert plain.get_content().splitlines()[:3] == [line, "", line]


wild = st.text(st.one_of(st.characters(), st.sampled_from("\r\n\x00\x1a?=_ :<>@")), max_size=200) | st.sampled_from(
    ["=?UTF-8?Q?=0A?=Bcc: x@y", "=?utf-8?b?Cg==?=Bcc: x@y", "a\r\nBcc: x@y", "a\n\nbody", "=?UTF-8?Q?=0D=0ABcc:_x@y?="]
)


@given(subject=wild, before=wild)
def test_no_subject_makes_a_header(subject: str, before: str) -> None:
    """CVE-2024-6923 and its cousins: the headers stay the same set, and the subject reads as it was meant."""
    raw = message_bytes(replace(RENDERED, subject=before + subject), picture=b"")
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert names == [line.partition(b":")[0] for line in _calm_head().split(b"\r\n") if not line.startswith(b" ")]
    assert parsed(raw)["Bcc"] is None
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", head)


@given(subject=wild, text=wild)
def test_nothing_in_a_simple_message_makes_a_header_or_a_part(subject: str, text: str) -> None:
    """Mails and alerts go through the same writer; their words may come from anywhere."""
    raw = SimpleMessage(
        "Monitor <monitor@example.org>", "a@example.org", "<1@example.org>", subject, text, f"<p>{text}"
    ).written(NOW)
    message = parsed(raw)
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "Content-Language", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)


def test_a_simple_message_without_html_is_plain_text() -> None:
    """As short as it can be."""
    note = SimpleMessage("monitor@example.org", "a@example.org", "<1@example.org>", "Köln", "One.\n.\nZwölf.\n")
    message = parsed(note.written(NOW))
    assert (message.get_content_type(), message["Subject"]) == ("text/plain", "Köln")
    assert message.get_content().replace("\r\n", "\n") == "One.\n.\nZwölf.\n"


def _calm_head() -> bytes:
    return message_bytes(picture=b"").partition(b"\r\n\r\n")[0]


@given(text=wild)
def test_a_header_reads_as_it_was_written(text: str) -> None:
    """Non-ASCII is encoded; what looks encoded is encoded again, so it is shown and not obeyed."""
    raw = f"Subject: {header_text(text)}\r\n\r\n".encode("ascii")
    shown = str(BytesHeaderParser(policy=policy.default).parsebytes(raw)["Subject"] or "")
    expected = " ".join(placeholders.clean(text).split())
    assert " ".join(shown.split()) == expected or shown.replace(" ", "") == expected.replace(" ", "")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@example.org",
        "a@example.org\r\nBcc: x@y",
        "a@example.org, b@example.org",
        "<a@b>",
        "ä@b",
    ],
)
def test_an_address_that_could_break_a_header_is_refused(address: str) -> None:
    """ValueError, before anything is written."""
    with pytest.raises(ValueError, match="not an address"):
        checked_address(address)
    with pytest.raises(ValueError, match="not an address"):
        message_bytes(recipient=replace(RECIPIENT, address=address))


def test_each_place_holds_the_readers_link() -> None:
    """Unsubscribe, preferences and the digest's page, in both parts."""
    text, html = (part for part in parsed(message_bytes(picture=b"")).iter_parts())
    for place, url in RECIPIENT.placeholder_urls().items():
        if place is not Placeholder.DIGEST:
            assert url in text.get_content()
        assert url.replace("&", "&amp;") in html.get_content()
