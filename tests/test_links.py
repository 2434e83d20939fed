"""A link does one thing for one subscription, survives a change of key, and tells nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.links import LinkError, Links, Purpose
from monitor.mail.identifiers import mail_domain, message_ids
from tests.support.digest_samples import NOW
from tests.support.mail_servers import Mailbox

OLD, NEW = "old-key-0123456789abcdef", "new-key-0123456789abcdef"
LINKS = Links([NEW, OLD], "https://monitor.example.org/")


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_opens_only_what_it_was_made_for(purpose: Purpose) -> None:
    """One salt per purpose."""
    token = LINKS.token(purpose, 7)
    assert LINKS.read(purpose, token) == 7
    for other in set(Purpose) - {purpose}:
        with pytest.raises(LinkError, match="not valid"):
            LINKS.read(other, token)


def test_links_in_old_mails_survive_a_change_of_key() -> None:
    """The newest key signs, all verify; a key taken out verifies no more."""
    old_token = Links([OLD]).token(Purpose.UNSUBSCRIBE, 7)
    assert LINKS.read(Purpose.UNSUBSCRIBE, old_token) == 7
    assert LINKS.token(Purpose.UNSUBSCRIBE, 7) == Links([NEW]).token(Purpose.UNSUBSCRIBE, 7)
    with pytest.raises(LinkError):
        Links([NEW]).read(Purpose.UNSUBSCRIBE, old_token)


@given(st.text(max_size=80))
def test_a_forged_token_is_refused(token: str) -> None:
    """Whatever it is made of."""
    with pytest.raises(LinkError):
        LINKS.read(Purpose.UNSUBSCRIBE, token)


@pytest.mark.parametrize(
    ("purpose", "within"), [(Purpose.CONFIRM, timedelta(days=7)), (Purpose.PREFERENCES, timedelta(days=365))]
)
def test_a_link_grows_too_old(purpose: Purpose, within: timedelta) -> None:
    """And one without a time is never fresh."""
    token = LINKS.token(purpose, 7, NOW)
    assert LINKS.read_fresh(purpose, token, NOW + within) == (7, NOW)
    with pytest.raises(LinkError, match="too old"):
        LINKS.read_fresh(purpose, token, NOW + within + timedelta(seconds=1))
    with pytest.raises(LinkError, match="too old"):
        LINKS.read_fresh(purpose, LINKS.token(purpose, 7), NOW)


def test_what_stops_mail_never_grows_too_old() -> None:
    """Whatever stands in the token, and whether or not the subscription is still stored."""
    assert LINKS.read(Purpose.UNSUBSCRIBE, LINKS.token(Purpose.UNSUBSCRIBE, 7)) == 7
    url = LINKS.do_not_mail_url("0123456789abcdef" * 4, 7)
    assert LINKS.read_do_not_mail(url.rpartition("/")[2]) == ("0123456789abcdef" * 4, 7)
    with pytest.raises(LinkError, match="not valid"):
        LINKS.read_do_not_mail(LINKS.token(Purpose.UNSUBSCRIBE, 7))


def test_a_screening_link_works_for_a_year_at_most() -> None:
    """Also one that was made for longer."""
    url = LINKS.screening_url("ccsvi", "Maria Rossi", NOW, NOW + timedelta(days=4000))
    token = url.rpartition("/")[2]
    assert LINKS.read_screening(token, "ccsvi", NOW + timedelta(days=365)) == ("Maria Rossi", NOW)
    with pytest.raises(LinkError, match="too old"):
        LINKS.read_screening(token, "ccsvi", NOW + timedelta(days=366))


def test_a_link_is_an_address_without_anybodys_name() -> None:
    """An id and a signature."""
    url = LINKS.url(Purpose.UNSUBSCRIBE, 7)
    assert url.startswith("https://monitor.example.org/unsubscribe/")
    assert Links([NEW]).url(Purpose.UNSUBSCRIBE, 7) == ""


def test_no_part_of_a_path_begins_with_a_dot() -> None:
    """Many web servers are told to refuse such names, for the sake of `.git` and `.htaccess`."""
    long = "Maria " * 40
    urls = (LINKS.do_not_mail_url("00" * 32, 7), LINKS.screening_url("ccsvi", long, NOW, NOW + timedelta(days=1)))
    assert not [url for url in urls if "/." in url]
    assert LINKS.read_screening(urls[1].rpartition("/")[2], "ccsvi", NOW)[0] == long


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "short"]])
def test_a_missing_or_short_key_is_refused_at_the_start(keys: list[str]) -> None:
    """Not at the first click."""
    with pytest.raises(ConfigError, match="secret key of 16 characters"):
        Links(keys)


def test_a_bounce_names_its_delivery() -> None:
    """In a local part that survives relays which fold its case, under any of the keys."""
    address = LINKS.bounce_address(17, "bounce.example.org")
    assert LINKS.read_bounce_address(address) == 17
    assert LINKS.read_bounce_address(Links([OLD]).bounce_address(17, "bounce.example.org")) == 17
    assert address == address.lower()
    assert len(address.rpartition("@")[0]) <= 64
    for forged in ("bounces+17@x", "bounces+17-00000000000000000000@x", "someone@x", address.replace("+17", "+18")):
        with pytest.raises(LinkError):
            LINKS.read_bounce_address(forged)


def test_a_message_id_is_the_same_at_every_attempt_and_in_no_other_installation() -> None:
    """Mail programs drop what they have seen; ids come again after an old backup was restored, instants do not."""
    ours = message_ids([NEW], "example.org", NOW)(1, 2)
    assert ours == message_ids([NEW, OLD], "example.org", NOW)(1, 2)
    assert ours != message_ids([OLD], "example.org", NOW)(1, 2)
    assert ours != message_ids([NEW], "example.org", NOW)(2, 1)
    assert ours != message_ids([NEW], "example.org", NOW + timedelta(days=1))(1, 2)


def test_the_domain_is_where_bounces_come_back_else_the_senders() -> None:
    """Message-ID and List-ID speak for a domain of ours."""
    assert mail_domain(Mailbox().settings()) == "example.org"
    assert mail_domain(Mailbox().settings(bounce_domain="bounce.example.net")) == "bounce.example.net"


def test_a_mail_names_its_reader_in_both_places_where_it_can_be_read() -> None:
    """Envelope sender and Message-ID, under any of the keys; a delivery's name is no mail's, nor the other way."""
    name = LINKS.transactional_name(9, 17)
    both = f"bounces+{name}@bounce.example.org", f"<{name}@example.org>"
    assert [LINKS.read_transactional_name(one) for one in both] == [17, 17]
    assert LINKS.read_transactional_name(f"<{Links([OLD]).transactional_name(9, 17)}@example.org>") == 17
    assert name == name.lower()
    assert len(f"bounces+{LINKS.transactional_name(10**12, 10**12)}") <= 64
    for forged in (
        LINKS.bounce_address(17, "x"),
        f"<{name[:-1]}@x>",
        f"<{name.replace('.17', '.18')}@x>",
        f"<{name}0@x>",
    ):
        with pytest.raises(LinkError):
            LINKS.read_transactional_name(forged)
    with pytest.raises(LinkError):
        LINKS.read_bounce_address(both[0])


@given(st.text(max_size=80))
def test_no_address_can_break_the_reader_of_returned_mail(text: str) -> None:
    """Whatever stands in it, also what is no text at all."""
    for address in (text, f"bounces+{text}@x", f"bounces+mail.{text}@x", f"bounces+17{chr(0xDC80)}-{text}@x"):
        with pytest.raises(LinkError):
            LINKS.read_bounce_address(address)
        with pytest.raises(LinkError):
            LINKS.read_transactional_name(address)
