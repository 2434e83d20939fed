"""The ways Monitor can fail that a person can do something about.

Every error carries a sentence an operator can act on. Exit codes of the CLI follow the class
(see `monitor.cli`): 1 something failed in the world, 2 usage or configuration, 3 a bug.
"""


class MonitorError(Exception):
    """Base of all expected failures; its text is shown to the operator as it is."""


class ConfigError(MonitorError):
    """The configuration (or the command line) cannot be used; the text lists every problem."""


class UpstreamError(MonitorError):
    """PubMed could not be asked, or gave an answer that must not be believed.

    `retryable` tells whether asking again later may help; `requests` counts what was sent.
    """

    def __init__(self, message: str, *, retryable: bool = True, requests: int = 0) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.requests = requests


class QueryError(UpstreamError):
    """PubMed refused the query itself: asking again does not help, the operator must mend it."""

    def __init__(self, message: str, *, requests: int = 0) -> None:
        super().__init__(message, retryable=False, requests=requests)


class SchemaError(MonitorError):
    """The database has a schema this version does not know; the text says what to run."""


class RecordError(MonitorError):
    """One PubMed record could not be read; the others of its batch are not affected.

    `pmid` is "" when not even that could be read.
    """

    def __init__(self, message: str, *, pmid: str = "") -> None:
        super().__init__(message)
        self.pmid = pmid


class MailError(MonitorError):
    """The mail server cannot be used as configured (refused TLS, refused login, unreachable)."""


class StoreError(MonitorError):
    """The database cannot be reached or used; the text names it without its password."""


class ConflictError(StoreError):
    """Another process did this unit of work first; this one's transaction is rolled back and nothing is lost."""
