"""The topics that ship with Monitor beside the default one: a file each, switched on by their key."""

from __future__ import annotations

from functools import cache

from monitor.config.build import build_topic
from monitor.config.problems import Problem, dotted, shown
from monitor.config.topic_document import TopicPart
from monitor.config.yaml_lines import Document, Value, read
from monitor.model import Topic
from monitor.resources import folder


@cache
def shipped_topics() -> dict[str, Topic]:
    """Every topic in `config/topics`, by its key; raises ValidationError for a mistake in one (a test reads all)."""
    found: dict[str, Topic] = {}
    for path in sorted((folder("config") / "topics").glob("*.yaml")):
        values = read(path.read_text("utf-8")).values
        blocks = values["topics"] if isinstance(values, dict) else None
        for key, block in (blocks if isinstance(blocks, dict) else {}).items():
            found[key] = build_topic(key, TopicPart.model_validate(block))
    return found


def problems(document: Document, top: dict[str, Value]) -> list[Problem]:
    """What is wrong with `shipped_topics` beside `topics`: an unknown key, or one written twice."""
    named, topics = top.get("shipped_topics"), top.get("topics")
    own = topics if isinstance(topics, dict) else {}
    if not topics and not named:
        text = (
            "no topic. Write one, or switch on one that ships: shipped_topics: [" + next(iter(shipped_topics())) + "]"
        )
        return [Problem(document.line(("topics",)), "topics", text)]
    found = []
    listed = named if isinstance(named, list) else []
    for index, key in enumerate(listed):
        where = ("shipped_topics", index)
        text = ""
        if key not in shipped_topics():
            text = f"no topic that ships is called {shown(key)}. They are: {', '.join(shipped_topics())}."
        elif key in own or key in listed[:index]:
            text = f"{shown(key)} is the key of another topic of this file. Delete one of the two."
        if text:
            found.append(Problem(document.line(where), dotted(where), text))
    return found
