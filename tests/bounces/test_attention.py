"""Returned mails that need a person, as the operator is told of them."""

from __future__ import annotations

from datetime import timedelta

from monitor.bounces import attention
from monitor.bounces.process import Outcome, Processed
from monitor.store import Database
from tests.support.factories import NOW

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def test_of_a_long_mail_only_the_beginning_is_told(sqlite_db: Database) -> None:
    """Anybody can send one: it must not fill the alert, or the database."""
    with sqlite_db.begin() as tx:
        attention.note(tx, Processed(Outcome.UNMATCHED_WISH, "", "x" * 1000), NOW)
        _, headline, text = attention.untold(tx, "", NOW)
    assert (headline, text.count("x")) == ("1 returned mail needs a person", 400)


def test_each_kind_of_mail_is_told_with_what_to_do_about_it(sqlite_db: Database) -> None:
    """Under one heading for each kind, with when it came and whose it is."""
    mails = (
        Processed(Outcome.UNPROVED_COMPLAINT, "a@example.org", "complaint"),
        Processed(Outcome.UNMATCHED_WISH, "", "from b@example.org"),
        Processed(Outcome.UNREADABLE, "", "mail.1"),
        Processed(Outcome.UNREADABLE, "", "mail.2"),
        Processed(Outcome.UNPROVED_HARD, "c@example.org", "5.1.1 unknown"),
    )
    with sqlite_db.begin() as tx:
        for mail in mails:
            attention.note(tx, mail, NOW)
        _, headline, text = attention.untold(tx, "", NOW)
    assert headline == "5 returned mails need a person"
    at = f"  {NOW:%Y-%m-%d %H:%M} UTC: "
    assert text == "\n\n".join(
        (
            "Mails that could not be read. Look at the files named here; Monitor ignores these mails:\n"
            f"{at}mail.1\n{at}mail.2",
            "Somebody wants no more mail, and no subscription is named. Find it with `monitor subscribers list`, and "
            f"answer:\n{at}from b@example.org",
            "Reports that a mailbox is gone that name a mail of ours by its Message-ID alone. They may be made up, so "
            "nothing was counted; `monitor subscribers suspend` stops mail to it. Set `smtp.bounce_domain`, and "
            f"bounces prove themselves:\n{at}c@example.org 5.1.1 unknown",
            "Complaints that come from none of `bounces.feedback_sources`. Nothing was ended; `monitor subscribers "
            f"suspend` does it:\n{at}a@example.org complaint",
        )
    )


def test_the_operator_is_told_once_a_day_and_of_very_many_the_number(sqlite_db: Database) -> None:
    """What came meanwhile is told the next day; of more than twenty only the last are kept."""
    wish = Processed(Outcome.UNMATCHED_WISH, "", "a wish")
    with sqlite_db.begin() as tx:
        attention.note(tx, wish, NOW)
        told, headline, _ = attention.untold(tx, "", NOW)
        assert headline == "1 returned mail needs a person"
        assert attention.untold(tx, told, NOW + DAY) == (told, "", "")
        for _ in range(23):
            attention.note(tx, wish, NOW)
        assert attention.untold(tx, told, NOW) == (told, "", "")
        assert attention.untold(tx, told, NOW + DAY - SECOND) == (told, "", "")
        told, headline, text = attention.untold(tx, told, NOW + DAY)
        assert headline == "23 returned mails need a person"
        assert text.count("a wish") == 20
        assert text.endswith("\n\nOf 3 more the details were not kept.")
        attention.note(tx, wish, NOW)
        assert attention.untold(tx, told, NOW)[1] == "1 returned mail needs a person"  # a clock that was set back


def test_names_are_forgotten_after_a_month(sqlite_db: Database) -> None:
    """When the next such mail is noted; it is counted on from those before."""
    with sqlite_db.begin() as tx:
        attention.note(tx, Processed(Outcome.UNMATCHED_WISH, "", "from old@example.org"), NOW)
        attention.note(tx, Processed(Outcome.UNMATCHED_WISH, "", "from mid@example.org"), NOW + DAY)
        attention.note(tx, Processed(Outcome.UNMATCHED_WISH, "", "from new@example.org"), NOW + 31 * DAY)
        _, headline, text = attention.untold(tx, "", NOW + 31 * DAY)
    assert headline == "3 returned mails need a person"
    assert [name in text for name in ("old@", "mid@", "new@")] == [False, True, True]
    assert text.endswith("Of 1 more the details were not kept.")
