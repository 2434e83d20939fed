"""Secrets and overrides from the environment; for each, a variable ending in `_FILE` may name a file with the value."""

from __future__ import annotations

import os.path
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic_core import PydanticCustomError

from monitor.config.problems import Problem, did_you_mean, shown
from monitor.config.values import token
from monitor.model import SourceName

#: Each secret with its description in the reference.
SECRETS = {
    "MONITOR_SMTP_PASSWORD": "The password of `smtp.username`.",
    "MONITOR_NCBI_API_KEY": "Your NCBI API key: 10 requests a second instead of 3.",
    "MONITOR_SECRET_KEY": "Signs the links in mails; at least 32 characters. To change it, put the new key in front "
    "of the old one with a comma between: links already sent remain valid. When it is not set and the database is a "
    "SQLite file, Monitor creates one at the first start and keeps it beside the database.",
    "MONITOR_DKIM_KEY": "The RSA private key of `smtp.dkim` in PEM; mostly given as a file. Make one with: "
    "openssl genrsa 2048. An Ed25519 key works too, but few receivers check its signatures yet.",
    "MONITOR_IMAP_PASSWORD": "The password of `bounces.imap.username`, and of `monitor bounces --imap`.",
    "MONITOR_OPENALEX_API_KEY": "Your OpenAlex API key; without one OpenAlex is not asked.",
    "MONITOR_OPENCITATIONS_TOKEN": "Your OpenCitations token, if you have one.",
    "MONITOR_OPERATOR_TOKEN": "Replaces `web.operator_token`.",
    "MONITOR_DATABASE_URL": "Replaces `database_url`; the place for a URL with a password.",
}
_OF_SOURCES = {
    "MONITOR_OPENALEX_API_KEY": SourceName.OPENALEX,
    "MONITOR_OPENCITATIONS_TOKEN": SourceName.OPENCITATIONS,
}
#: Variables that are not secrets, without a `_FILE` variant.
OTHER_VARIABLES = {
    "MONITOR_ACTOR": "Who changes the configuration; named in the report of the searches (`monitor export searches`). "
    "Otherwise that is the user as whom Monitor runs.",
    "MONITOR_CONFIG": "The configuration file, where `--config` is not given.",
    "MONITOR_DATA": "The folder that relative paths in `database_url` are relative to, instead of the configuration's.",
    "MONITOR_SECRETS": "A folder with one file for each secret, as containers mount them: `smtp_password`, "
    "`ncbi_api_key`, `secret_key`, `dkim_key`, `imap_password`, `openalex_api_key`, `opencitations_token`, "
    "`operator_token`, `database_url`. Files may be missing.",
}
#: The secrets of the channels, of which each has a name.
CHANNEL_SECRETS = {
    "MONITOR_CHANNEL_<NAME>_URL": "Replaces `url` of the channel of this name, in capitals and with `_` for `-`.",
    "MONITOR_CHANNEL_<NAME>_SECRET": "Replaces its `secret`.",
}
_OF_CHANNEL = re.compile(r"MONITOR_(CHANNEL_[A-Z0-9_]+_(?:URL|SECRET))(?:_FILE)?")
MIN_KEY_LENGTH = 32
#: The byte order mark that editors on Windows put in front of a file; it is no part of the secret.
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The values of the environment; "" where a variable is not set."""

    smtp_password: str = ""
    ncbi_api_key: str = ""
    secret_keys: tuple[str, ...] = ()
    database_url: str = ""
    dkim_key: str = ""
    imap_password: str = ""
    operator_token: str = ""
    data_folder: str = ""
    actor: str = ""
    source_keys: Mapping[SourceName, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)  # by "CHANNEL_<NAME>_URL" and "CHANNEL_<NAME>_SECRET"


def read(environ: Mapping[str, str], problems: list[Problem], warnings: list[Problem]) -> Secrets:
    """The values in `environ`; mistakes are appended to `problems`, unknown MONITOR_ variables to `warnings`."""
    values = {name: _value(name, environ, problems) for name in SECRETS}
    keys = tuple(key.strip() for key in values["MONITOR_SECRET_KEY"].replace("\n", ",").split(",") if key.strip())
    for number, key in enumerate(keys, 1):
        if len(key) < MIN_KEY_LENGTH:
            text = f"key {number} is shorter than {MIN_KEY_LENGTH} characters. Make one with: openssl rand -hex 32"
            problems.append(Problem(0, "MONITOR_SECRET_KEY", text))
    operator_token = _operator_token(values["MONITOR_OPERATOR_TOKEN"], problems)
    warnings.extend(_unknown_variables(environ))
    return Secrets(
        smtp_password=values["MONITOR_SMTP_PASSWORD"],
        ncbi_api_key=values["MONITOR_NCBI_API_KEY"],
        secret_keys=keys,
        database_url=values["MONITOR_DATABASE_URL"],
        dkim_key=values["MONITOR_DKIM_KEY"],
        imap_password=values["MONITOR_IMAP_PASSWORD"],
        operator_token=operator_token,
        source_keys={source: values[name] for name, source in _OF_SOURCES.items()},
        data_folder=environ.get("MONITOR_DATA", ""),
        actor=environ.get("MONITOR_ACTOR", "").strip() or _user(),
        channels={name: _value(f"MONITOR_{name}", environ, problems) for name in _of_channels(environ)},
    )


def _of_channels(environ: Mapping[str, str]) -> list[str]:
    """Which secrets of channels are set, by a variable or as a file of the folder."""
    folder = Path(environ.get("MONITOR_SECRETS") or "/nonexistent")
    mounted = [f"MONITOR_{file.name.upper()}" for file in folder.glob("channel_*") if file.name.islower()]
    return sorted({found[1] for name in (*environ, *mounted) if (found := _OF_CHANNEL.fullmatch(name))})


def _user() -> str:
    """The user as whom the process runs; "" in a container that has no name for it."""
    try:
        return f"{pwd.getpwuid(os.getuid()).pw_name} (user of the process)"
    except KeyError:
        return ""


def _operator_token(text: str, problems: list[Problem]) -> str:
    try:
        return token(text) if text else ""
    except PydanticCustomError as error:
        problems.append(Problem(0, "MONITOR_OPERATOR_TOKEN", str(error)))
        return ""


def _value(name: str, environ: Mapping[str, str], problems: list[Problem]) -> str:
    """The variable, else the content of the file named by its `_FILE` variant or in MONITOR_SECRETS, else ""."""
    file_variable = f"{name}_FILE"
    direct, file = environ.get(name, "").removeprefix(_MARK).strip(), environ.get(file_variable, "")
    if direct and file:
        problems.append(Problem(0, name, f"set together with {file_variable}. Keep one of them."))
    if direct:
        return direct
    if file:
        return _read_file(file_variable, file, problems)
    folder = environ.get("MONITOR_SECRETS", "")
    mounted = f"{folder}/{name.removeprefix('MONITOR_').lower()}"
    return _read_file("MONITOR_SECRETS", mounted, problems) if folder and os.path.lexists(mounted) else ""


def files(environ: Mapping[str, str]) -> list[Path]:
    """The files from which secrets are read, whether they exist or not."""
    names = [*SECRETS, *(f"MONITOR_{name}" for name in _of_channels(environ))]
    named = [Path(file) for name in names if (file := environ.get(f"{name}_FILE"))]
    folder = environ.get("MONITOR_SECRETS", "")
    mounted = [Path(folder) / name.removeprefix("MONITOR_").lower() for name in names] if folder else []
    return named + mounted


def _read_file(name: str, file: str, problems: list[Problem]) -> str:
    try:
        text = Path(file).read_text(encoding="utf-8").removeprefix(_MARK).strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        problems.append(Problem(0, name, f"cannot read {shown(file)}: {reason}. Check the path and who may read it."))
        return ""
    if not text:
        problems.append(Problem(0, name, f"{shown(file)} is empty. Put the secret in it, or remove it."))
    return text


def _unknown_variables(environ: Mapping[str, str]) -> list[Problem]:
    known = [*SECRETS, *(f"{name}_FILE" for name in SECRETS), *OTHER_VARIABLES]
    strange = [
        name
        for name in environ
        if re.match("MONITOR_(?!TEST_)", name) and name not in known and not _OF_CHANNEL.fullmatch(name)
    ]
    return [Problem(0, name, f"not a variable of Monitor; ignored.{did_you_mean(name, known)}") for name in strange]
