"""The subscribers file: a CSV file with the operator's own list of subscribers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress

from monitor.config.problems import Problem, did_you_mean, report, shown
from monitor.errors import ConfigError
from monitor.model import LANGUAGES, Frequency, Settings, Subscription, SubscriptionState, Topic
from monitor.model.values.clean_text import one_line
from monitor.model.values.csv_cells import unguarded
from monitor.model.values.email_address import checked
from monitor.resources import time_zones

COLUMNS = ("address", "topic", "frequency", "timezone", "language", "attachments", "state", "reason")
#: Delimiters of the cells of a line.
DELIMITERS = (",", ";", "\t")
#: Kinds of attachments, separated by spaces in the column.
ATTACHMENTS = ("ris", "bibtex", "csv")


def read_subscribers(settings: Settings) -> tuple[Subscription, ...]:
    """The active subscriptions in `settings.subscribers_file`; () when none is set.

    Raises ConfigError listing every invalid line. An empty `topic` means the only topic, empty
    `frequency` and `timezone` the topic's. Lines that start with # are comments.
    """
    path = settings.subscribers_file
    if path is None:
        return ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"Cannot read the subscribers file {path}: {reason}. Correct subscribers_file.") from error
    return tuple(one for one in parse_subscribers(text, str(path), settings) if one.state is SubscriptionState.ACTIVE)


def parse_subscribers(text: str, source: str, settings: Settings) -> tuple[Subscription, ...]:
    """Every subscription in the CSV `text`, in any state (empty: active); `source` names the file in messages.

    Raises ConfigError listing every invalid line with its number.
    """
    problems: list[Problem] = []
    subscriptions = tuple(_parse(text, {topic.key: topic for topic in settings.topics}, problems))
    if problems:
        raise ConfigError(report(source, problems))
    return subscriptions


def _parse(text: str, topics: dict[str, Topic], problems: list[Problem]) -> Iterator[Subscription]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    if not lines:
        return
    header, delimiter = _header(lines[0][1])
    if "address" not in header:
        problems.append(Problem(lines[0][0], "", f"the first line must name the columns: {','.join(COLUMNS)}"))
        return
    for name in header:
        if name not in COLUMNS:
            problems.append(Problem(lines[0][0], name, f"unknown column.{did_you_mean(name, COLUMNS)}"))
    for number, line in lines[1:]:
        try:
            row = dict(zip(header, _cells(line, delimiter), strict=False))
        except csv.Error as error:
            problems.append(Problem(number, "", f"cannot be read as CSV: {error}."))
            continue
        found = [*_address_problems(row), *_row_problems(row, topics)]
        problems.extend(Problem(number, column, text) for column, text in found)
        if not found:
            yield _subscription(row, topics)


def _header(line: str) -> tuple[list[str], str]:
    """(column names, delimiter) of the first line; many spreadsheets write semicolons."""
    for delimiter in DELIMITERS:
        with suppress(csv.Error):
            header = [name.casefold() for name in _cells(line, delimiter)]
            if "address" in header:
                return header, delimiter
    return [], ""


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; raises csv.Error for one over csv.field_size_limit()."""
    return [unguarded(cell.strip()) for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _address_problems(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The mistakes in the address; a valid one is replaced in `row` by its normal form."""
    written = row.get("address", "")
    try:
        row["address"] = checked(written)
    except ValueError as error:
        yield "address", f"{shown(written)} {error}"


def _row_problems(row: dict[str, str], topics: dict[str, Topic]) -> Iterator[tuple[str, str]]:
    _, topic, frequency, zone, language, attachments, state, _ = (row.get(column, "") for column in COLUMNS)
    if topic not in topics and (topic or len(topics) != 1):
        yield "topic", f"{shown(topic)} is not a topic here. Write one of: {', '.join(topics)}."
    if frequency and frequency not in list(Frequency):
        yield "frequency", f"{shown(frequency)} is not a frequency. Write one of: {', '.join(Frequency)}."
    if zone and zone not in time_zones():
        yield "timezone", f"{shown(zone)} is not a time zone.{did_you_mean(zone, time_zones())}"
    if language and language not in LANGUAGES:
        yield "language", f"{shown(language)} is not an available language. Write one of: {' '.join(LANGUAGES)}."
    if unknown := [word for word in attachments.split() if word not in ATTACHMENTS]:
        yield "attachments", f"{shown(unknown[0])} cannot be attached. Write one or more of: {' '.join(ATTACHMENTS)}."
    if state and state not in list(SubscriptionState):
        yield "state", f"{shown(state)} is not a state. Write one of: {', '.join(SubscriptionState)}."


def _subscription(row: dict[str, str], topics: dict[str, Topic]) -> Subscription:
    topic = topics[row.get("topic") or next(iter(topics))]
    return Subscription(
        topic=topic.key,
        address=row["address"],
        frequency=Frequency(row.get("frequency") or topic.digest.frequency),
        state=SubscriptionState(row.get("state") or SubscriptionState.ACTIVE),
        timezone=row.get("timezone") or topic.digest.timezone,
        language=row.get("language") or "en",
        attachments=tuple(row.get("attachments", "").split()),
        reason=one_line(row.get("reason", "")),
    )
