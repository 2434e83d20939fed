"""`monitor topics`: the topics that ship with Monitor, and which topics the configuration has."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from monitor import config
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json
from monitor.errors import ConfigError
from monitor.model import Topic


def topics(config_file: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the topics that ship with Monitor and those of the configuration, with the question of each.

    Switch one that ships on by its key: shipped_topics: [KEY]
    """
    configured, mistake = _configured(config_file)
    shipped = config.shipped_topics()
    listed = {topic.key: topic for topic in (*configured, *shipped.values())}
    on = {topic.key for topic in configured}
    if as_json:
        print_json([_as_json(topic, is_on=topic.key in on, ships=topic.key in shipped) for topic in listed.values()])
        return
    table = Table("topic", "on", "question", box=None, pad_edge=False)
    for key, topic in listed.items():
        table.add_row(key, "on" if key in on else "off", escape(topic.question.text))
    console.print(table)
    if mistake:
        console.print(f"\n{mistake}", markup=False, soft_wrap=True, style="yellow")
    if off := [key for key in shipped if key not in on]:
        console.print(f"\nTo switch one on, add to {config_file}: shipped_topics: \\[{off[0]}]", soft_wrap=True)


def _configured(config_file: ConfigOption) -> tuple[tuple[Topic, ...], str]:
    """The topics of the configuration; none, and what is wrong with them, when they cannot be read."""
    try:
        return config.load_topics(config_file), ""
    except ConfigError as error:
        return (), str(error)


def _as_json(topic: Topic, *, is_on: bool, ships: bool) -> dict[str, object]:
    return {
        "topic": topic.key,
        "name": topic.name,
        "question": topic.question.text,
        "is_on": is_on,
        "ships": ships,
        "searches": [search.name for search in topic.searches],
    }
