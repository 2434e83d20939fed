"""Requests to every service but NCBI's E-utilities, and the one place for what goes wrong on the way to it.

A client of a service says what to ask and reads the answer; this decides about retries, waiting, sizes and deadlines.
"""

from __future__ import annotations

import json
import logging
import random
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar
from urllib.parse import urlsplit

import httpx

from monitor import __version__
from monitor.errors import UpstreamError
from monitor.model import SourceSettings
from monitor.model.values.backoff import back_off
from monitor.model.values.clean_text import one_line
from monitor.ports import Turns
from monitor.sources.transport import throttle
from monitor.sources.transport.bodies import Refused, decompressed, retry_after
from monitor.sources.transport.deadline_transport import FAULTS, DeadlineTransport
from monitor.sources.transport.throttle import Clock, Sleep

#: They log every address with its query, and headers: keys are in both.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

T = TypeVar("T")
#: The number of an error of the operating system, in front of its words.
_NUMBER = re.compile(r"^\[Errno -?\d+\] ")
_Parameters = Mapping[str, str | int]

#: So often a request is sent at most; seconds before the second try, doubled for each further one, with a jitter of
#: ±50 %.
TRIES, FIRST_DELAY, MAX_DELAY = 4, 1.0, 30.0
#: Seconds for all tries of one request together, and for a download.
PATIENCE, DOWNLOAD_PATIENCE = 180.0, 1200.0
#: Who asks to be left alone for longer than these seconds is not waited for.
LONGEST_PAUSE = 60.0
#: Bytes of the largest answer that is read, compressed and decompressed, and of the largest list that is downloaded.
MAX_BYTES, MAX_DOWNLOAD = 1 << 25, 1 << 29
_REDIRECTS = 5
#: Statuses below 500 that say nothing about the request itself.
_TRIED_AGAIN = (408, 425, 429)
#: Seconds beyond which a Retry-After is not believed.
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class WebResponse:
    """An answer: 2xx, or 4xx where the service says no. The names of `headers` are in lower case."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]


class WebService:
    """One service of the web; `requests` counts those sent. Its answers come one at a time, also for several threads.

    `clock` and `sleep` are in monotonic seconds, `patience` is for one request with all its tries. `turns` keep the
    rate limit where several processes share it.
    """

    def __init__(
        self,
        settings: SourceSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = PATIENCE,
        turns: Turns | None = None,
    ) -> None:
        where = urlsplit(settings.location)
        self.requests = 0
        self._settings, self._name = settings, settings.name.label
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._turns = turns or throttle.shared(where.netloc, 1 / settings.rate, clock)
        self._patience, self._deadline = patience, 0.0
        self._lock = threading.Lock()
        self._client = httpx.Client(
            transport=DeadlineTransport(where.hostname or "", where.scheme, self._left),
            headers={"User-Agent": _identity(settings.contact), "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
        )

    def get(
        self, path: str, params: _Parameters | None = None, headers: Mapping[str, str] | None = None
    ) -> WebResponse:
        """The answer for `path` below the location of the settings; percent-encode what you put into it.

        A 4xx other than 429 is an answer. Raises UpstreamError for everything else that is no 2xx, after some tries,
        and at once when the service asks to be left alone for long; its text names the service, never an address.
        """
        request = self._request(path, params, headers)
        return self._ask(lambda: self._whole(request), self._patience)

    def json(self, path: str, params: _Parameters | None = None, headers: Mapping[str, str] | None = None) -> object:
        """The JSON with which it answers 200. Raises UpstreamError for any other answer."""
        response = self.get(path, params, {"Accept": "application/json", **(headers or {})})
        self._require_ok(response.status)
        return self.parsed(response.body)

    def parsed(self, body: bytes) -> object:
        """A body as JSON. Raises UpstreamError when it is none, such as a page in HTML."""
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError):
            kind = "a web page" if body.lstrip()[:1] == b"<" else "something"
            raise UpstreamError(f"{self._name} answered with {kind} that is no JSON.") from None
        return value

    def status(self, path: str, params: _Parameters | None = None, headers: Mapping[str, str] | None = None) -> int:
        """Only the status of its answer, of which no more is read. Raises UpstreamError as `get` does."""
        request = self._request(path, params, headers)

        def once() -> int:
            with self._answered(request) as response:
                return response.status_code

        return self._ask(once, self._patience)

    def download(self, file: BinaryIO, path: str = "", most: int = MAX_DOWNLOAD) -> None:
        """Write the body of the answer 200 for `path` into `file`, `most` bytes at most; raises UpstreamError."""
        request = self._request(path, None, {"Accept-Encoding": "identity"})
        self._ask(lambda: self._saved(request, file, most), DOWNLOAD_PATIENCE)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _left(self) -> float:
        return self._deadline - self._clock()

    def _request(self, path: str, params: _Parameters | None, headers: Mapping[str, str] | None) -> httpx.Request:
        base = self._settings.location
        url = f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base
        try:
            return self._client.build_request("GET", url, params=params or None, headers=headers)
        except (httpx.InvalidURL, ValueError) as error:  # what idna says of a host's name is a ValueError
            raise UpstreamError(f"{self._name} has an address that cannot be used.", retryable=False) from error

    def _ask(self, once: Callable[[], T], patience: float) -> T:
        """What `once` returns, tried again while that may help."""
        with self._lock:
            self._deadline, sent = self._clock() + patience, self.requests
            for attempt in range(1, TRIES + 1):
                self._turns.wait(self._sleep)
                self.requests += 1
                try:
                    return once()
                except UpstreamError as error:
                    pause = error.wait or back_off(FIRST_DELAY, attempt, MAX_DELAY) * (0.5 + self._jitter())
                    is_last = attempt == TRIES or pause > LONGEST_PAUSE or pause > self._left()
                    if is_last or not error.retryable:
                        error.requests = self.requests - sent
                        raise
                    if error.wait:
                        self._turns.hold(pause)
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _whole(self, request: httpx.Request) -> WebResponse:
        """One try."""
        with self._answered(request) as response:
            raw = b"".join(_bounded(response, MAX_BYTES))
            body = decompressed(raw, response.headers.get("Content-Encoding", ""), MAX_BYTES)
            return WebResponse(response.status_code, body, response.headers.get("Content-Type", ""), response.headers)

    def _saved(self, request: httpx.Request, file: BinaryIO, most: int) -> None:
        """One try of a download."""
        file.seek(0)
        file.truncate()
        with self._answered(request) as response:
            self._require_ok(response.status_code)
            for block in _bounded(response, most):
                file.write(block)

    @contextmanager
    def _answered(self, request: httpx.Request) -> Iterator[httpx.Response]:
        """The answer as it begins to come, behind any redirects; raises UpstreamError for what is none."""
        try:
            response = self._sent(request)
            try:
                self._refuse(response)
                yield response
            finally:
                response.close()
        except (*FAULTS, Refused, zlib.error, EOFError) as error:
            is_final = isinstance(error, Refused)
            raise UpstreamError(f"{self._name} gave no whole answer: {_told(error)}.", retryable=not is_final) from None

    def _sent(self, request: httpx.Request) -> httpx.Response:
        for _ in range(_REDIRECTS + 1):
            response = self._client.send(request, stream=True)
            if response.next_request is None:
                return response
            response.close()
            if request.url.scheme == "https" and response.next_request.url.scheme != "https":
                raise Refused("it leads to an address without encryption")
            request = response.next_request
        raise Refused("it leads from one address to the next without end")

    def _require_ok(self, status: int) -> None:
        if status != httpx.codes.OK:
            raise UpstreamError(f"{self._name} refused the request ({status}).", retryable=False)

    def _refuse(self, response: httpx.Response) -> None:
        """Raise UpstreamError for an answer that is neither 2xx nor a 4xx that says no."""
        status = response.status_code
        if status < httpx.codes.INTERNAL_SERVER_ERROR and status not in _TRIED_AGAIN:
            if not (response.is_success or response.is_client_error):
                raise UpstreamError(f"{self._name} answered with the status {status}.", retryable=False)
            return
        wait = min(retry_after(response.headers) or 0.0, _DAY)
        told = "is asked too often" if status == httpx.codes.TOO_MANY_REQUESTS else f"is not available ({status})"
        until = f"; it asks to be left alone for {_span(wait)}" if wait > LONGEST_PAUSE else ""
        raise UpstreamError(f"{self._name} {told}{until}.", wait=wait)


def _identity(contact: str) -> str:
    return f"Monitor/{__version__}" + (f" (mailto:{contact})" if contact else "")


def _bounded(response: httpx.Response, most: int) -> Iterator[bytes]:
    """The blocks of a body as they come, compressed or not; raises Refused beyond `most` bytes."""
    size = 0
    for block in response.iter_raw():
        size += len(block)
        if size > most:
            raise Refused(f"it has more than {most:,} bytes")
        yield block


def _told(error: Exception) -> str:
    """An error in a few words; none of them holds the address with its query, in which a key may be."""
    if "Timeout" in type(error).__name__:
        return "it took too long"
    if isinstance(error, zlib.error | EOFError):
        return "its compressed data is broken"
    return _NUMBER.sub("", one_line(str(error))).rstrip(".") or type(error).__name__


def _span(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.0f} hours" if hours >= 1.5 else f"{max(1, min(seconds, 5400) / 60):.0f} minutes"
