"""A real DNS server of the tests' own on loopback: over UDP, over TCP where an answer is too long, or silent."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

#: What it knows: "name TYPE" → the records, as a zone file writes them.
Zone = Mapping[str, list[str]]


def txt(text: str) -> str:
    """A text as a TXT record, in pieces of the length that fits."""
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


@dataclass
class Server:
    """The running server. `zone` may be changed; `failing` names get SERVFAIL; `is_silent` answers nothing at all."""

    port: int
    zone: dict[str, list[str]]
    failing: set[str] = field(default_factory=set)
    is_silent: bool = False
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        """As `--resolver` takes it."""
        return f"127.0.0.1:{self.port}"

    def answer(self, raw: bytes, *, longest: int, over: str) -> bytes | None:
        """The answer to one question; only its head, marked as cut off, where the whole is too long."""
        query = dns.message.from_wire(raw)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[over] += 1
        if self.is_silent:
            return None
        answer = dns.message.make_response(query, recursion_available=True)
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not any(key.startswith(f"{name} ") for key in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif records := self.zone.get(f"{name} {kind}"):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        wire = answer.to_wire()
        if len(wire) <= longest:
            return wire
        cut = dns.message.make_response(query, recursion_available=True)
        cut.flags |= dns.flags.TC
        return cut.to_wire()


@contextmanager
def running(zone: Zone, *, longest: int = 512) -> Iterator[Server]:
    """A server that knows `zone`, for as long as the block lasts; `longest` bytes go over UDP."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        server = Server(tcp.getsockname()[1], dict(zone))
        threads = [
            threading.Thread(target=_serve_udp, args=(server, udp, longest), daemon=True),
            threading.Thread(target=_serve_tcp, args=(server, tcp), daemon=True),
        ]
        for thread in threads:
            thread.start()
        yield server
        tcp.shutdown(socket.SHUT_RDWR)
        udp.sendto(b"", udp.getsockname())
        for thread in threads:
            thread.join(5)


def _serve_udp(server: Server, udp: socket.socket, longest: int) -> None:
    while True:
        raw, sender = udp.recvfrom(4096)
        if not raw:  # the end
            return
        if answer := server.answer(raw, longest=longest, over="udp"):
            udp.sendto(answer, sender)


def _serve_tcp(server: Server, tcp: socket.socket) -> None:
    while True:
        try:
            connection, _ = tcp.accept()
        except OSError:  # closed
            return
        with connection, connection.makefile("rb") as stream:
            raw = stream.read(struct.unpack("!H", stream.read(2))[0])
            if answer := server.answer(raw, longest=65_535, over="tcp"):
                connection.sendall(struct.pack("!H", len(answer)) + answer)
