"""Alert: what needs the operator, with a stable id under which docs/runbook.md says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlertId(StrEnum):
    """The kinds of alerts. Filters and runbooks refer to them: they are never renamed."""

    SEARCH_FAILING = "search-failing"
    SEARCH_IN_DOUBT = "search-in-doubt"
    SOURCE_FAILING = "source-failing"
    SOURCE_IN_DOUBT = "source-in-doubt"
    QUERY_WARNING = "query-warning"
    QUERY_READ_DIFFERENTLY = "query-read-differently"
    ARTICLES_UNREAD = "articles-unread"
    MAIL_SERVER_REFUSES = "mail-server-refuses"
    MAIL_SERVER_FAILING = "mail-server-failing"
    DIGEST_REFUSED = "digest-refused"
    MAILBOX_FAILING = "mailbox-failing"
    RETURNED_MAIL = "returned-mail"
    TOO_MANY_REQUESTS = "too-many-requests"
    CONFIGURATION_REFUSED = "configuration-refused"
    WORK_FAILING = "work-failing"
    BUG = "bug"
    DATABASE_DAMAGED = "database-damaged"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs the operator: a headline and a paragraph that says what to do. `is_over`: no longer.

    The headline is English, as the log has it; the text is in the language of the mail.
    """

    headline: str
    text: str
    id: AlertId
    is_over: bool = False
