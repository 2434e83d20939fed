"""Expected failures, each with a message that an operator can act on.

The exit code of the CLI follows from the class
(see `monitor.cli`): 1 something outside Monitor failed, 2 usage or configuration, 3 a bug, 75 try again later.
"""


class MonitorError(Exception):
    """Base of all expected failures; its message is shown to the operator as it is."""


class ConfigError(MonitorError):
    """The configuration (or the command line) cannot be used; the message lists every problem."""


class UpstreamError(MonitorError):
    """PubMed, or another source, could not be reached, or its response cannot be trusted.

    `retryable`: a later retry may succeed. `requests`: how many requests were sent. `wait`: for so many seconds it
    asked to be left alone.
    """

    def __init__(self, message: str, *, retryable: bool = True, requests: int = 0, wait: float = 0.0) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.requests = requests
        self.wait = wait


class QueryError(UpstreamError):
    """PubMed rejected the query itself: a retry does not help, the operator must correct it."""

    def __init__(self, message: str, *, requests: int = 0) -> None:
        super().__init__(message, retryable=False, requests=requests)


class TryAgainError(MonitorError):
    """What was handed over could not be taken now; whoever handed it over keeps it and tries again (EX_TEMPFAIL)."""


class SchemaError(MonitorError):
    """The database has a schema this version does not know; the message says which command to run."""


class RecordError(MonitorError):
    """One PubMed record could not be read; the others of its batch are not affected.

    `pmid` is "" when even that could not be read.
    """

    def __init__(self, message: str, *, pmid: str = "") -> None:
        super().__init__(message)
        self.pmid = pmid


class ChannelError(MonitorError):
    """A channel took no message. The text never holds its address, which is a secret."""


class MailError(MonitorError):
    """The mail server cannot be used as configured (unreachable, refused login, refused sender), or not now.

    `is_refusal`: it replied, and will reply the same until the operator changes something. `is_temporary`: it replied
    that it takes mail again later, such as at a limit; `reply` is what it said then. `stage` is that of opening a
    connection at which it failed ("" for another reason), `code` the server's reply there, 0 for none.
    """

    def __init__(
        self,
        message: str,
        *,
        is_refusal: bool = False,
        is_temporary: bool = False,
        reply: str = "",
        stage: str = "",
        code: int = 0,
    ) -> None:
        super().__init__(message)
        self.stage, self.code = stage, code
        self.is_refusal, self.is_temporary, self.reply = is_refusal, is_temporary, reply


class AddressError(MonitorError, ValueError):
    """No mail can be sent to this address."""


class StoreError(MonitorError):
    """The database cannot be reached or used; the message names it without its password."""


class ConflictError(StoreError):
    """Another process did this unit of work first; this one's transaction is rolled back and nothing is lost."""
