"""An IMAP server that sends what it is told to, and the certificate that such servers show."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from monitor.model import Encryption, ImapSettings

#: Untagged responses by command, sent before its tagged OK. The mailbox holds one unseen mail, UID 7.
REPLIES = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n",
    b"SELECT": b"* 1 EXISTS\r\n",
    b"SEARCH": b"* SEARCH 7\r\n",
    b"FETCH": b"* 1 FETCH (UID 7 BODY[]<0> {4}\r\nmail)\r\n",
    b"LOGOUT": b"* BYE\r\n",
}

#: Instead of a reply: the connection is closed.
BREAK = b"break"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What the server shows; this process trusts its authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@contextmanager
def serving(
    certificate: ssl.SSLContext,
    replies: dict[bytes, bytes],
    encryption: Encryption = Encryption.TLS,
    connections: int = 1,
) -> Iterator[tuple[ImapSettings, list[bytes]]]:
    """A server for so many connections at most: how to reach it, and the lines it has received."""
    received: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):  # nobody comes any more
            for _ in range(connections):
                _serve(listener.accept()[0], certificate, REPLIES | replies, encryption, received)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        yield ImapSettings("127.0.0.1", "bounces", "secret", port=port, encryption=encryption), received
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(30)


def _serve(
    connection: socket.socket,
    certificate: ssl.SSLContext,
    replies: dict[bytes, bytes],
    encryption: Encryption,
    received: list[bytes],
) -> None:
    if encryption is Encryption.TLS:
        connection = certificate.wrap_socket(connection, server_side=True)
    with suppress(OSError):
        connection.sendall(b"* OK ready\r\n")
        while line := _line(connection):
            received.append(line)
            words = line.upper().split()[1:]
            command = words[1] if words[0] == b"UID" else words[0]
            tagged = line.split()[0] + b" OK done\r\n"
            if command == b"STARTTLS":  # what comes in `replies` follows in clear behind the tagged OK
                connection.sendall(tagged + replies.get(command, b""))
                connection = certificate.wrap_socket(connection, server_side=True)
            else:
                reply = replies.get(b" ".join(words[1:3]), replies.get(command, b""))  # of one mail: b"FETCH 7"
                if reply == BREAK:
                    break
                if command == b"SEARCH":
                    reply = b" ".join(uid for uid in reply.split() if not _is_seen(uid, received)) + b"\r\n"
                is_refused = reply.startswith(b"NO")
                connection.sendall(line.split()[0] + b" " + reply if is_refused else reply + tagged)
    connection.close()


def _is_seen(uid: bytes, received: list[bytes]) -> bool:
    return any(b"STORE %b +FLAGS" % uid in line for line in received) and uid.isdigit()


def _line(connection: socket.socket) -> bytes:
    """One line, byte by byte: nothing of a TLS handshake behind it is taken."""
    line = b""
    while not line.endswith(b"\n") and (byte := connection.recv(1)):
        line += byte
    return line
