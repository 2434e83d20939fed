"""Which addresses can be written to, and which are one person's."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.delivery.header_fields import checked_address
from monitor.model.values import email_address
from monitor.subscribers import address_hash


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" jane@example.org\t", "jane@example.org"),
        ("Jane.Doe+news@Example.ORG", "Jane.Doe+news@example.org"),
        ("jane@bücher.de", "jane@xn--bcher-kva.de"),
        ("jane@BÜCHER.de", "jane@xn--bcher-kva.de"),
        ("jane@XN--bcher-kva.de", "jane@xn--bcher-kva.de"),
        ("jane@ward.hospital.local", "jane@ward.hospital.local"),
        ("root@localhost", "root@localhost"),
        ("o'hara/x=1@example.test", "o'hara/x=1@example.test"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_an_address_is_kept_as_mail_is_sent_to_it(written: str, kept: str) -> None:
    """Its domain in lower case and in the DNS's spelling; what stands before the @ is the mail server's business."""
    assert email_address.checked(written) == kept
    assert email_address.checked(kept) == kept


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "must have an @"),
        ("nobody", "must have an @"),
        ("a" * 65 + "@example.org", "too long before the @"),
        ("jane\x00@example.org", "U+0000"),
        ("jane\x7f@example.org", "U+007F"),
        ("jane..doe@example.org", "two periods"),
        ("jane@example.org\r\nBcc: x@y.org", "is not an email address"),
        ("Jane <jane@example.org>", "display name"),
        ("jane@example.org, joe@example.org", "invalid characters"),
        ('"jane doe"@example.org', "Quoting"),
        ("jane@[192.0.2.1]", "bracketed IP"),
        ("jane@ex\u202eample.org", "RIGHT-TO-LEFT"),
        ("jane@" + "b" * 64 + ".org", "1 character too many"),
        ("jane@" + "bb." * 90 + "org", "too long"),
        ("@" * 100_000, "too long"),
        ("jösé@example.org", "has letters before the @ that most mail servers cannot take: ö é."),
    ],
)
def test_what_mail_would_refuse_is_refused_at_the_door(written: str, said: str) -> None:
    """With the reason, to be put behind the address."""
    with pytest.raises(ValueError, match=r"^(is not an email address\.|has letters)") as refused:
        email_address.checked(written)
    assert said in str(refused.value)


_ADDRESSES = st.builds("{}@{}".format, st.text(max_size=70), st.text(max_size=70)) | st.emails() | st.text()


@given(_ADDRESSES)
@example("ÄÖ@ÄÖ.org")
@example("a@ⅷ.org")
def test_mail_goes_to_every_address_that_is_let_in(written: str) -> None:
    """Nothing is accepted on a page that no mail can be sent to; and what is kept would be accepted again."""
    try:
        kept = email_address.checked(written)
    except ValueError:
        assert isinstance(email_address.key(written), str)
        return
    assert checked_address(kept) == kept
    assert email_address.checked(kept) == kept
    assert email_address.key(written) == email_address.key(kept) == kept.lower()


@pytest.mark.parametrize(
    "spelled", ["JANE@bücher.de", " jane@Bücher.de ", "jane@XN--BCHER-KVA.de", "jane@bu\u0308cher.de"]
)
def test_one_mailbox_is_one_person_in_every_spelling(spelled: str) -> None:
    """Also on the suppression list."""
    assert email_address.key(spelled) == "jane@xn--bcher-kva.de"
    assert address_hash.address_hmacs(spelled, ["k"]) == address_hash.address_hmacs("jane@bücher.de", ["k"])


@pytest.mark.parametrize("spelled", ["vic+1@example.org", "Vic+a+b@example.org", "v.i.c@example.org"])
def test_limits_count_mailboxes_and_not_their_spellings(spelled: str) -> None:
    """But a person is only who has exactly that address."""
    assert email_address.canonical_mailbox(spelled) == "vic@example.org"
    assert email_address.key(spelled) != "vic@example.org"
