"""How fast mails are signed, as a ratio within one run: `python benchmarks/sign.py [--mails 200] [--bytes 60000]`.

The same digest, signed by Monitor (OpenSSL) and by dkimpy (pure Python), with RSA keys of 2,048 bits and the same
header fields; Monitor's signatures are verified by dkimpy. Ed25519 is measured beside them.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable

import dkim

from monitor.mail import dkim_signing
from monitor.mail.authentication.records import dkim_record
from monitor.model import DkimSettings


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=200, help="how many are signed by each")
    parser.add_argument("--bytes", type=int, default=60_000, help="how large the mail is")
    asked = parser.parse_args()
    mail = _mail(asked.bytes)
    rsa, ed25519 = _settings("RSA"), _settings("ED25519")
    ours, by_ed25519 = dkim_signing.signer(rsa), dkim_signing.signer(ed25519)
    key = rsa.key.encode()
    names = [name.encode() for name in dkim_signing.SIGNED_HEADERS]

    def theirs(mail: bytes) -> bytes:
        signature: bytes = dkim.sign(
            mail, b"monitor", b"example.org", key, canonicalize=(b"relaxed", b"relaxed"), include_headers=names
        )
        return signature + mail

    for sign, settings in ((ours, rsa), (by_ed25519, ed25519)):
        assert _is_believed(sign(mail), settings)
    seconds = {
        name: _seconds(sign, mail, asked.mails)
        for name, sign in (("monitor", ours), ("dkimpy", theirs), ("monitor, Ed25519", by_ed25519))
    }
    print(f"{asked.mails} mails of {len(mail) // 1000} kB signed")
    for name, took in seconds.items():
        print(f"  {name:<18} {1000 * took / asked.mails:6.2f} ms a mail")
    print(f"monitor is {seconds['dkimpy'] / seconds['monitor']:.1f} times as fast as dkimpy")


def _seconds(sign: Callable[[bytes], bytes], mail: bytes, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        sign(mail)
    return time.perf_counter() - began


def _settings(algorithm: str) -> DkimSettings:
    command = ["openssl", "genpkey", "-algorithm", algorithm]
    command += ["-pkeyopt", "rsa_keygen_bits:2048"] if algorithm == "RSA" else []
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return DkimSettings("example.org", "monitor", made.stdout)


def _is_believed(mail: bytes, settings: DkimSettings) -> bool:
    record = dkim_record(settings, dkim_signing.public_key(settings)).value.encode()
    return bool(dkim.verify(mail, dnsfunc=lambda *_, **__: record))


def _mail(size: int) -> bytes:
    head = (
        b"To: <reader@example.org>\r\nDate: Mon, 01 Oct 2018 07:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
        b"List-Unsubscribe: <https://example.org/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        b"From: Monitor <monitor@example.org>\r\nSubject: CCSVI in MS: third trial\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    line = b"A line of a digest that has some words, about as many as such a line has.=20\r\n"
    return head + line * (size // len(line))


if __name__ == "__main__":
    main()
