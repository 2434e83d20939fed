"""`monitor doctor` and the DNS: what an operator reads, and with which exit code."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.mail import dkim_signing
from monitor.model import DkimSettings
from monitor.sandbox import Server as Eutils
from tests.support.dns_server import Server, running, txt
from tests.support.installation import World, install
from tests.support.rooms import Rooms

IDS = ("spf", "dkim", "dmarc", "mx")


@pytest.fixture
def world(tmp_path: Path, sandbox: Eutils) -> Iterator[World]:
    """An installation that signs its mail as example.org."""
    key = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout  # noqa: S607
    (tmp_path / "dkim.pem").write_text(key, encoding="ascii")
    environ = {"MONITOR_DKIM_KEY_FILE": str(tmp_path / "dkim.pem")}
    with Mailbox() as post, install(tmp_path, sandbox, post, environ) as installed:
        text = installed.config.read_text(encoding="utf-8")
        signing_too = text.replace("encryption: none", "encryption: none, dkim: {domain: example.org}")
        installed.config.write_text(signing_too, encoding="utf-8")
        yield installed


def zone(world: World) -> dict[str, list[str]]:
    """Everything published as it should be."""
    key = dkim_signing.public_key(DkimSettings("example.org", "monitor", (world.folder / "dkim.pem").read_text()))
    return {
        "example.org TXT": [txt("v=spf1 mx -all")],
        "example.org MX": ["10 mail.example.org."],
        "mail.example.org A": ["8.8.4.4"],
        "monitor._domainkey.example.org TXT": [txt(f"v=DKIM1; k=rsa; p={key}")],
        "_dmarc.example.org TXT": [txt("v=DMARC1; p=quarantine")],
    }


def states(world: World, dns: Server) -> tuple[dict[str, str], int]:
    """The outcome of each DNS check, and the exit code."""
    done = world.run("doctor", "--json", "--resolver", dns.address)
    return {one["id"]: one["state"] for one in json.loads(done.stdout) if one["id"] in IDS}, done.returncode


def test_everything_published_is_said_to_be_right(world: World) -> None:
    """Exit 0, and the records found."""
    with running(zone(world)) as dns:
        assert states(world, dns) == (dict.fromkeys(IDS, "ok"), 0)
        shown = world.run("doctor", "--resolver", dns.address).stdout
    assert "v=spf1 mx -all" in shown
    assert "has the key we sign with" in shown


def test_nothing_published_is_no_failure_and_prints_the_records(world: World) -> None:
    """The first day: the operator copies them from here."""
    with running({}) as dns:
        assert states(world, dns) == (dict.fromkeys(IDS, "warning"), 0)
        shown = world.run("doctor", "--resolver", dns.address).stdout
    assert 'example.org. IN TXT "v=spf1 a mx ~all"' in shown
    assert 'monitor._domainkey.example.org. IN TXT "v=DKIM1; k=rsa; p=' in shown
    assert '_dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:jane@example.org"' in shown


def test_a_key_that_is_not_ours_fails_the_examination(world: World) -> None:
    """After the key was changed here and not there."""
    wrong = {**zone(world), "monitor._domainkey.example.org TXT": [txt("v=DKIM1; p=AAAA")]}
    with running(wrong) as dns:
        found, code = states(world, dns)
    assert (found["dkim"], code) == ("failed", 1)


def test_a_dead_dns_is_a_remark_and_is_soon_left_alone(world: World) -> None:
    """At three in the morning, when more than one thing is broken."""
    with running({}) as dns:
        dns.is_silent = True
        done = world.run("doctor", "--resolver", dns.address)
        assert dns.asked["udp"] < 20
    assert done.returncode == 0
    assert done.stdout.count("could not be looked up: the DNS does not respond") == len(IDS)
    assert "--no-dns prints what should be there" in done.stdout


def test_without_looking_anything_up_the_records_are_printed(world: World) -> None:
    """For whoever only wants to copy them; no DNS server is asked."""
    done = world.run("doctor", "--no-dns")
    assert done.returncode == 0
    assert "- spf          not looked up" in done.stdout
    assert 'monitor._domainkey.example.org. IN TXT "v=DKIM1; k=rsa; p=' in done.stdout


def test_each_channel_is_tried_and_none_is_written_to(world: World, rooms: Rooms) -> None:
    """Both answer, then one does not: which, and why, without the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/hooks/s3cr3t-path"
    with world.config.open("a", encoding="utf-8") as file:
        file.write("channels: [{name: here}, {name: gone}]\n")
    found = []
    for url in (rooms.url, dead):
        signed = {f"MONITOR_CHANNEL_{name}_SECRET": "a-secret-of-both-sides-0123456789" for name in ("HERE", "GONE")}
        urls = {"MONITOR_CHANNEL_HERE_URL": rooms.url, "MONITOR_CHANNEL_GONE_URL": url}
        done = replace(world, environ={**world.environ, **signed, **urls}).run("doctor", "--no-dns", "--json")
        found += [(one["state"], one["text"]) for one in json.loads(done.stdout) if one["id"] == "channels"]
    assert found == [
        ("ok", "the servers of 2 can be reached; nothing was written there"),
        ("failed", "gone: it cannot be reached (Connection refused)"),
    ]
    assert done.returncode == 1
    assert {(got.method, got.path) for got in rooms.got} == {("HEAD", "/")}


def test_a_resolver_that_is_no_address_is_misuse(world: World) -> None:
    """Exit 2, with what to write."""
    done = world.run("doctor", "--resolver", "dns.example.org")
    assert done.returncode == 2
    assert "Write 192.0.2.1" in done.stderr


def test_sentences_end_where_the_terminal_does_and_records_stay_whole(world: World) -> None:
    """At 80 columns only what is to be copied, and the path of a file, is longer."""
    with running({}) as dns:
        done = subprocess.run(  # noqa: S603  our own command
            world.command("doctor", "--resolver", dns.address),
            capture_output=True,
            text=True,
            env={**world.whole_environ, "COLUMNS": "80"},
            check=False,
        )
    longer = [line for line in done.stdout.splitlines() if len(line) > 80]
    longer = [line.split()[0] for line in longer if str(world.folder) not in line]
    assert longer == ["monitor._domainkey.example.org."]


def test_a_wrong_doi_of_a_seed_is_named_by_doctor_and_by_status(world: World) -> None:
    """Its own searches fail, and both commands say which DOI it is; the other searches go on."""
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace("seed: {pmid: 101}", "seed: {doi: 10.1000/mistyped}"), encoding="utf-8")
    found = {one["id"]: one for one in json.loads(world.run("doctor", "--no-dns", "--json").stdout)}
    assert found["pubmed"]["state"] == "warning"
    assert "the seed of veins: PubMed has no record with the DOI 10.1000/mistyped" in found["pubmed"]["text"]
    assert world.run("tick").returncode == 1
    status = world.run("status")
    assert status.returncode == 1
    assert "citing: PubMed has no record with the DOI 10.1000/mistyped" in " ".join(status.stdout.split())
    (topic,) = json.loads(world.run("status", "--json").stdout)["topics"]
    assert {one["name"]: one["failures_in_row"] for one in topic["searches"]} == {"veins": 0, "jugular": 0, "citing": 1}
