"""A mail server on loopback that replies what it is told at each command."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from monitor.model import Encryption, SmtpSettings

HOST = "127.0.0.1"
#: What it says at a command, given the server and the command's whole line; None: the usual reply.
Replies = Callable[["ScriptedServer", str], str | None]


@dataclass
class ScriptedServer:
    """Takes mail and replies `replies[word]` where the word is "banner", a command, or "after DATA", else yes.

    A reply that begins with 421 is followed by the end of the connection; "" ends it without a word. `taken` are the
    recipients whose mail was accepted, `heard` are all lines.
    """

    replies: dict[str, str | Replies] = field(default_factory=dict)
    extensions: Sequence[str] = ("SIZE 10000000",)
    port: int = 0
    taken: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    present: threading.local = field(default_factory=threading.local)

    @property
    def on_connection(self) -> int:
        """How many mails were accepted over the connection that is asking."""
        return int(self.present.taken)

    def settings(self, **changes: Any) -> SmtpSettings:
        """Settings that reach this server in clear."""
        known: dict[str, Any] = {"encryption": Encryption.NONE, "timeout": 5.0, "connections": 1}
        known |= {"host": HOST, "port": self.port, "sender": "Monitor <monitor@example.org>"}
        return SmtpSettings(**{**known, **changes})

    def count(self, command: str) -> int:
        """How often it heard a command."""
        return sum(line.upper().startswith(command) for line in self.heard)

    def serve(self, listening: socket.socket) -> None:
        """Talk to one client after the other, several at a time."""
        with suppress(OSError):
            while True:
                client = listening.accept()[0]
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        self.connections += 1
        self.present.taken, self.present.recipient = 0, ""
        with suppress(OSError), client, client.makefile("rwb") as lines:
            said = self._reply("banner", "", "220 mail.example.org ESMTP")
            while self._say(lines, said) and (raw := lines.readline()):
                said = self._answer(lines, raw.decode().rstrip("\r\n"))

    def _answer(self, lines: Any, line: str) -> str:
        word = line.split(" ")[0].upper()
        self.heard.append(line)
        if word == "RCPT":
            self.present.recipient = line.partition("<")[2].partition(">")[0]
        usual = {"EHLO": "\n".join(("mail.example.org", *self.extensions)), "DATA": "go on", "QUIT": "bye"}
        code = {"DATA": "354", "QUIT": "221"}.get(word, "250")
        said = self._reply(word, line, f"{code} {usual.get(word, 'ok')}")
        if word != "DATA" or not said.startswith("354"):
            return said
        self._say(lines, said)
        content = b"".join(iter(lines.readline, b".\r\n"))
        said = self._reply("after DATA", line, "250 2.0.0 queued")
        if said.startswith("250"):
            self.taken.append(self.present.recipient)
            self.contents.append(content)
            self.present.taken += 1
        return said

    def _reply(self, word: str, line: str, usual: str) -> str:
        told = self.replies.get(word)
        said = told(self, line) if callable(told) else told
        return usual if said is None else said

    def _say(self, lines: Any, said: str) -> bool:
        """Send a reply, of several lines where it has several; False when the server closes the connection with it."""
        if not said:
            return False
        code, *texts = re.split(r"[ \n]", said, maxsplit=1)
        *first, last = texts[0].split("\n") if texts else [""]
        lines.write("".join(f"{code}-{text}\r\n" for text in first).encode() + f"{code} {last}\r\n".encode())
        lines.flush()
        return code not in ("421", "221")


@contextmanager
def serving(server: ScriptedServer) -> Iterator[ScriptedServer]:
    """The server, listening."""
    with socket.create_server((HOST, 0)) as listening:
        server.port = int(listening.getsockname()[1])
        threading.Thread(target=server.serve, args=(listening,), daemon=True).start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server that takes everything until it is told otherwise."""
    with serving(ScriptedServer()) as server:
        yield server
