"""Chat services by Apprise, an extra: it knows how each wants its requests, and they are sent as all of ours are.

The only importer of Apprise. Its plugins call `requests`, and offer no way to say how: with redirects followed, no end
to a response that drips, and of what a server answered no more left than yes or no. So the session of `requests`, which
nothing else in Monitor uses, is replaced by one that sends by `delivery.channels.http` and keeps the responses.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import apprise
import requests
from apprise import NotifyBase, NotifyFormat

from monitor.delivery.channels import http
from monitor.delivery.channels.http import ExchangeError, Response
from monitor.delivery.channels.text import chat_text
from monitor.errors import ConfigError, MonitorError
from monitor.model import ChannelMessage, SendOutcome, SendResult, Stage

#: Formats in which Markdown is understood: Apprise translates it for services that want HTML.
_MARKUP = {NotifyFormat.MARKDOWN, NotifyFormat.HTML}


class _Exchanges:
    """The responses to the requests of the message under way; one message is sent at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seen: list[Response | ExchangeError] = []
        #: Where requests would go, while none is sent.
        self.unsent: list[str] | None = None

    @contextmanager
    def of_one_message(self) -> Iterator[list[Response | ExchangeError]]:
        """What was answered, as it comes."""
        with self._lock:
            self.seen = []
            yield self.seen

    @contextmanager
    def unsent_ones(self) -> Iterator[list[str]]:
        """The addresses to which requests would go, instead of sending any."""
        with self._lock:
            self.unsent = []
            try:
                yield self.unsent
            finally:
                self.unsent = None


_exchanges = _Exchanges()


class _Adapter(requests.adapters.BaseAdapter):
    """Sends what a plugin has composed. Options such as `verify=no` in a channel's address change nothing."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The response; raises ConnectionError, which plugins expect, when there is none or a limit is met."""
        if _exchanges.unsent is not None:
            _exchanges.unsent.append(request.url or "")
            raise requests.ConnectionError("nothing is sent")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if not isinstance(body, bytes | None):
            raise requests.RequestException("only texts are sent")
        # Asked for a compressed response, a server could send one that is large once it is unpacked.
        headers = {name: _text(value) for name, value in request.headers.items()} | {"Accept-Encoding": "identity"}
        try:
            response = http.exchange(request.method or "GET", request.url or "", headers, body)
        except ExchangeError as error:
            _exchanges.seen.append(error)
            raise requests.ConnectionError("no response") from None
        _exchanges.seen.append(response)
        if response.status == http.LIMIT:  # a plugin might sleep for as long as it was told
            raise requests.ConnectionError("a limit")
        return _as_requests_has_it(request, response)

    def close(self) -> None:
        """Nothing is kept open."""


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _as_requests_has_it(request: requests.PreparedRequest, response: Response) -> requests.Response:
    made = requests.Response()
    made.status_code, made.request, made.url = response.status, request, request.url or ""
    made.headers["Content-Type"] = response.headers.get("content-type", "")  # and no Location
    made._content = response.body
    return made


class _Session(requests.Session):
    """A session whose every request goes through `_Adapter`."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # the environment's logins (.netrc) are for others; its proxies are kept by our sender
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter())


requests.sessions.Session = _Session  # type: ignore[misc]  # see the top: `requests.post` makes one for each request
#: Its lines would name addresses, which are secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

_ASSET = apprise.AppriseAsset(
    app_id="Monitor",
    app_desc="Monitor",
    app_url="",
    image_url_mask=None,
    image_url_logo=None,
    async_mode=False,
    http_redirects=False,
    storage_mode=apprise.PersistentStoreMode.MEMORY,
)


class Room:
    """`ports.Channel`: one place of one chat service. Raises ConfigError for an address that Apprise cannot use."""

    def __init__(self, name: str, url: str) -> None:
        self._plugin = _plugin(name, url)
        self._service = apprise.Apprise(asset=_ASSET)
        self._service.add(self._plugin)
        formats: Any = self._plugin.notify_format  # one, or a tuple of them
        self._is_markdown = not _MARKUP.isdisjoint(formats if isinstance(formats, tuple) else (formats,))

    def send(self, message: ChannelMessage) -> SendResult:
        """See `ports.Channel`."""
        form = NotifyFormat.MARKDOWN if self._is_markdown else NotifyFormat.TEXT
        text = chat_text(message, self._plugin.body_maxlen, is_markdown=self._is_markdown)
        with _exchanges.of_one_message() as seen:
            is_taken = bool(self._service.notify(title=message.subject, body=text, body_format=form))
            return _result(is_taken, seen, message.at)

    def probe(self) -> None:
        """See `ports.Channel`: the server is the one to which Apprise's first request would go."""
        with _exchanges.unsent_ones() as addresses:
            self._service.notify(title="Monitor", body="Monitor")
        if not addresses:
            raise MonitorError("Apprise makes no request of its address")
        http.reach(addresses[0])


def _plugin(name: str, url: str) -> NotifyBase:
    plugin = apprise.Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)
    if not isinstance(plugin, NotifyBase):
        raise ConfigError(f"The channel {name}: Apprise does not know such an address. See docs/channels.md.")
    plugin.retry, plugin.request_rate_per_sec = 0, 0  # the outbox tries again, and keeps to what the service says
    scheme = url.partition("://")[0].lower()
    if not hasattr(sys.modules[type(plugin).__module__], "requests"):
        raise ConfigError(f"The channel {name}: {scheme} is not sent by HTTP. Monitor uses services that are.")
    if len(plugin) != 1:
        raise ConfigError(f"The channel {name} names {len(plugin)} places. Write a channel for each.")
    if scheme in _names(plugin.protocol) and not http.is_loopback(plugin.host or ""):
        raise ConfigError(f"The channel {name}: {scheme}:// is without TLS. Write {scheme}s://")
    return plugin


def _names(protocol: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else protocol or ()


def _result(is_taken: bool, seen: list[Response | ExchangeError], at: datetime) -> SendResult:
    """What became of a message, by the last response: a plugin ends with the first that it cannot use."""
    last = seen[-1] if seen else None
    if is_taken and isinstance(last, Response):
        return SendResult(SendOutcome.SENT, last.status, "", Stage.HTTP)
    if last is None:
        return http.unusable("Apprise made no request of it")
    if isinstance(last, ExchangeError):
        return last.result
    result = http.result_of(last, at)
    if result.outcome is not SendOutcome.SENT:
        return result
    if _says_no(last.body):
        return http.unusable(f"it answered {last.status}, and that it did not take it", last.status)
    return SendResult(SendOutcome.UNCERTAIN, last.status, "it answered, but not as Apprise knows it", Stage.HTTP)


def _says_no(body: bytes) -> bool:
    """Slack and others answer 200 to what they refuse, and say so in the body."""
    return b'"ok":false' in body.replace(b" ", b"")
