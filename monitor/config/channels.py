"""The block `channels` with the secrets of each → ChannelSettings, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from monitor.config.document import ChannelPart, DocumentPart
from monitor.config.problems import Problem, did_you_mean, dotted
from monitor.config.values import token
from monitor.config.yaml_lines import Document
from monitor.model import LANGUAGES, ChannelSettings, Frequency


def build_channels(
    document: DocumentPart, secrets: Mapping[str, str], topics: Collection[str]
) -> tuple[ChannelSettings, ...]:
    """The channels; `secrets` are those of the environment (see `Secrets.channels`), `topics` all that are on."""
    return tuple(_built(part, secrets, topics) for part in document.channels)


def _built(part: ChannelPart, secrets: Mapping[str, str], topics: Collection[str]) -> ChannelSettings:
    return ChannelSettings(
        name=part.name,
        topics=tuple(part.topics or topics),
        url=secrets.get(f"{variable(part.name)}_URL", "") or part.url or "",
        secret=secrets.get(f"{variable(part.name)}_SECRET", "") or part.secret or "",
        frequency=Frequency(part.frequency) if part.frequency else None,
        timezone=part.timezone or "",
        language=part.language,
    )


def variable(name: str) -> str:
    """How the names of a channel's secrets begin."""
    return f"CHANNEL_{name.upper().replace('-', '_')}"


def problems(
    document: DocumentPart, written: Document, secrets: Mapping[str, str], topics: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with the channels. No text holds an address or a secret."""
    taken: set[str] = set()
    for number, part in enumerate(document.channels):
        built = _built(part, secrets, topics)
        for key, text in (*_places(built, taken, topics), *_secrets(built)):
            where = ("channels", number, key)
            yield Problem(written.line(where), dotted(where), text)
        taken.add(variable(part.name))
    for name in secrets:
        if not any(name.startswith(f"{one}_") for one in taken):
            yield Problem(0, f"MONITOR_{name}", "belongs to no channel. Write the channel, or remove the variable.")


def _places(channel: ChannelSettings, taken: Collection[str], topics: Collection[str]) -> Iterator[tuple[str, str]]:
    if variable(channel.name) in taken:
        yield "name", f"{channel.name} is the name of another channel, or differs from it by a dash only."
    for topic in channel.topics:
        if topic not in topics:
            yield "topics", f"{topic} is not a topic here.{did_you_mean(topic, topics)}"
    if channel.language not in LANGUAGES:
        yield "language", f"{channel.language} is not an available language. Write one of: {' '.join(LANGUAGES)}."


def _secrets(channel: ChannelSettings) -> Iterator[tuple[str, str]]:
    if not channel.url:
        yield "url", f"missing. Set MONITOR_{variable(channel.name)}_URL, or MONITOR_{variable(channel.name)}_URL_FILE."
    elif not channel.is_webhook:
        if find_spec("apprise") is None:
            yield "url", "needs Apprise, which is not installed. Run: pip install 'monitor[chat]'"
    elif text := _address_problem(channel.url):
        yield "url", text
    elif not channel.secret:
        text = f"missing: what a webhook gets is signed. Set MONITOR_{variable(channel.name)}_SECRET. Make one with: "
        yield "secret", text + "openssl rand -hex 32"
    else:
        try:
            token(channel.secret)
        except PydanticCustomError as error:
            yield "secret", str(error)


def _address_problem(url: str) -> str:
    """What is wrong with the address of a webhook, "" when nothing is."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else ""
    except ValueError:
        host = ""
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        return "not a web address. It starts with https:// and names a host."
    if parts.username or parts.password:
        return "holds a login, which is not sent. What a webhook gets is signed; write the address without it."
    if parts.scheme == "http" and host not in ("127.0.0.1", "::1", "localhost"):
        return "http without TLS. Write https://"
    return ""
