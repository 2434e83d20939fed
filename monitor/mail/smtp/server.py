"""The mail server as configured, and what it has shown to allow, remembered from one call to the next."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.model import SmtpSettings

#: Prepends a DKIM signature to a mail.
Sign = Callable[[bytes], bytes]


@dataclass(slots=True)
class ServerLimits:
    """What one server has shown to allow: the mails that it takes over one connection, 0 as long as none is known."""

    per_connection: int = 0
    suspected: int = 0

    def learn(self, accepted: int) -> None:
        """A connection was used up after so many mails; believed when it shows twice, because once may be a mishap."""
        if accepted == self.suspected:
            self.per_connection = accepted
        self.suspected = accepted


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect; `tls` replaces the system's certificate authorities, `sign` signs each mail."""

    settings: SmtpSettings
    tls: ssl.SSLContext | None = None
    sign: Sign | None = None
    limits: ServerLimits = field(default_factory=ServerLimits)
