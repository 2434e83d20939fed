"""Templates of an operator's: a mistake in one is told with its file and line, in whatever branch it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor import config, resources
from monitor.config.branding import own_templates
from monitor.errors import ConfigError
from monitor.render.templates import shipped_names
from tests.config.files import SMALL, written

DIGEST = 'digest/body.html, line {}: "{}" is not a field of this template.'


def put(folder: Path, name: str, text: str | bytes) -> Path:
    """A file in the operator's folder."""
    file = folder / "own" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def mistakes(folder: Path, name: str, text: str | bytes) -> str:
    """What is told of one template, "" for nothing."""
    put(folder, name, text)
    return "\n".join(own_templates.read(folder / "own")[1])


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("digest/body.html", "\n{{ answer.sentense }}", DIGEST.format(2, "answer.sentense")),
        ("digest/body.html", "{{ answer.sentense }}", 'Did you mean "answer.sentence"?'),
        ("digest/body.html", "{% if is_welcome %}{% elif more_notes > 99 %}\n{{ sumary }}{% endif %}", "line 2"),
        ("digest/body.html", "{% for one in trials %}\n{{ one.nmae }}{% endfor %}", DIGEST.format(2, "trials[].nmae")),
        ("digest/body.html", "{% for t in trials|reverse %}{{ t.nmae }}{% endfor %}", '"trials[].nmae"'),
        ("digest/body.html", "{{ trials[0].nmae }}", '"trials[].nmae"'),
        ("digest/body.html", "{{ (trials|first).nmae }}", '"trials[].nmae"'),
        ("digest/body.html", "{% set t = trials[0] %}{{ t.nmae }}", '"trials[].nmae"'),
        ("digest/body.html", "{% for t in trials %}{% else %}{{ nothing }}{% endfor %}", '"nothing"'),
        ("digest/body.html", "{{ 'a' if has_changed else answr.since }}", '"answr"'),
        ("digest/body.html", "{{ answer.since or answer.sinc }}", '"answer.sinc"'),
        ("digest/body.html", "{% macro a(x=sumary) %}{% endmacro %}", '"sumary"'),
        ("digest/body.html", "{% block foot %}{{ sumary }}{% endblock %}", '"sumary"'),
        ("digest/body.html", "{% filter upper %}{{ sumary }}{% endfilter %}", '"sumary"'),
        ("digest/body.html", "{{ trials|map(attribute='nmae')|join }}", '"trials[].nmae"'),
        ("digest/body.html", "{{ trials|selectattr('nmae')|list }}", '"trials[].nmae"'),
        ("digest/body.html", "{{ answer|attr('nmae') }}", '"answer.nmae"'),
        ("digest/body.html", "{{ namespace(x=1).y }}", '"y"'),
        (
            "digest/body.html",
            "{% extends 'shipped/digest/body.html' %}\n{% block foott %}Bye{% endblock %}",
            'line 2: "foott" is no block of shipped/digest/body.html. Did you mean "foot"?',
        ),
        (
            "confirm/body.html",
            "{% extends 'pages/base.html' %}",
            "builds on pages/base.html, which shows site, and that is not there in confirm/body.html.",
        ),
        ("pages/topic.html", "{% from 'pages/macros.html' import day, dya %}", '"dya"'),
        ("digest/body.html", "{{ brand.templates }}", '"brand.templates"'),
        ("digest/body.html", "{{ summary|shout }}", "line 1: there is no filter shout."),
        ("digest/body.html", "{% if false %}{{ summary is loud }}{% endif %}", "there is no test loud."),
        ("digest/body.html", "\n\n{% if summary %}", "digest/body.html, line 3: "),
        ("digest/body.html", "{{ summary", "digest/body.html, line 1: "),
        ("digest/body.html", "{% include 'digest/head.html' %}", 'builds on "digest/head.html", which does not ship.'),
        ("digest/body.html", "{% extends 'digest/body.html' %}", 'Write "shipped/digest/body.html" to build on the'),
        ("digest/body.html", "\xe4".encode("latin-1"), "digest/body.html: not UTF-8 text."),
        ("digest/bdy.html", "", 'digest/bdy.html: no template of this name ships. Did you mean "digest/body.html"?'),
        ("topic.html", "", 'Did you mean "pages/topic.html"?'),
        ("pages/style.css", "", "Only .html and .txt files belong there; colours and logo are set under branding:."),
        ("demo/index.html", "", "no template of this name ships."),
        ("digest/subject.txt", "{{ answer.sentence }}", '"answer" is not a field of this template.'),
        ("confirm/body.txt", "{{ entries[0].link }}", '"entries[].link"'),
        ("_base/base.html", "<main></main>", "lacks {% block content %}{% endblock %}, where other templates put"),
        ("_base/style.html", "{% set sans = '' %}", "lacks h1, which other templates use."),
        ("_base/words.txt", "{% macro heading(words) %}{% endmacro %}", "heading must have the parameters text"),
        ("pages/base.html", "{{ site.secrets }}", '"site.secrets"'),
        ("pages/topic.html", "{{ topic.digest_plan }}", '"topic.digest_plan"'),
        ("pages/macros.html", "{% macro day(on) %}{{ on.isofromat() }}{% endmacro %}", '"isofromat"'),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, name: str, text: str | bytes, sentence: str) -> None:
    """Whatever would have to happen before the line is reached."""
    assert sentence in mistakes(tmp_path, name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("digest/body.html", "{% extends 'shipped/digest/body.html' %}{% block foot %}{{ super() }}{% endblock %}"),
        ("digest/body.html", "{% for link in trials[0].links %}{{ link.url }} {{ loop.index0 }}{% endfor %}"),
        ("digest/body.html", "{{ answer.sentence.upper().split(' ')|join('_') }} {{ '%s'|format(summary) }}"),
        ("digest/body.html", "{{ trials|map(attribute='name')|join }}{{ trials|selectattr('url')|list|length }}"),
        ("digest/body.html", "{% for g in trials|groupby('name') %}{{ g.grouper }}{{ g.list }}{% endfor %}"),
        ("digest/body.html", "{% set n = namespace(a=1) %}{% set n.b = 2 %}{{ n.a + n.b }}{{ {'c': 3}.c }}"),
        (
            "digest/body.html",
            "{% extends 'shipped/digest/body.html' %}{% block preview %}{% block mine %}{% endblock %}{% endblock %}",
        ),
        ("pages/topic.html", "{% from 'pages/macros.html' import day %}{{ day(answer.since) }}"),
        ("digest/body.txt", "{% import '_base/words.txt' as words %}{{ words.heading(summary) }}"),
        ("digest/body.txt", "{% for item in sections[0]['items'] %}{{ item.title }}{% endfor %}{{ brand.footer }}"),
        ("pages/topic.html", "{% for one in answer.trials %}{{ one.name }} {{ topic.question.text }}{% endfor %}"),
        (
            "pages/index.html",
            "{% import 'pages/macros.html' as m %}{% for t, r in answers %}{{ m.day(r.answer.since) }}{% endfor %}",
        ),
    ],
)
def test_a_template_may_show_what_the_shipped_one_shows(tmp_path: Path, name: str, text: str) -> None:
    """Under any name, with loops, methods and parts of the shipped ones."""
    assert mistakes(tmp_path, name, text) == ""


def test_each_shipped_template_can_be_the_operators_own(tmp_path: Path) -> None:
    """Copied to begin with; hidden files beside them are nobody's business."""
    for name in shipped_names():
        put(tmp_path, name, (resources.folder("templates") / name).read_bytes())
    for name in ("digest/.body.html.swp", ".git/config", "digest/body.html~", "digest/#body.html#"):
        put(tmp_path, name, b"\x00\xff")
    found, wrong = own_templates.read(tmp_path / "own")
    assert wrong == []
    assert tuple(sorted(one.name for one in found)) == tuple(sorted(shipped_names()))


def test_the_committed_list_of_fields_is_current() -> None:
    """Made by `monitor config templates > docs/templates.md`."""
    document = Path(__file__).parents[2] / "docs" / "templates.md"
    assert document.read_text(encoding="utf-8") == own_templates.reference_text()
    assert "trials[].name" in own_templates.fields_of("digest/body.txt")
    assert own_templates.shipped_text("digest/subject.txt") == "{{ line }}\n"
    with pytest.raises(ConfigError, match=r'Did you mean "digest/subject\.txt"'):
        own_templates.shipped_text("digest/subjct.txt")


def test_the_example_of_the_documentation_is_taken(tmp_path: Path) -> None:
    """The digest that builds on the shipped one."""
    document = (Path(__file__).parents[2] / "docs" / "branding.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```\n(\{% extends.*?)^```", document, re.MULTILINE | re.DOTALL)
    assert mistakes(tmp_path, "digest/body.html", example) == ""


def test_a_wrong_template_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    """Every command refuses it, with the line of the folder's key; a right one is kept as it was checked."""
    path = written(tmp_path, f"{SMALL}templates: own\n")
    file = put(tmp_path, "digest/subject.txt", "{{ lin }}")
    with pytest.raises(ConfigError, match=r'line 15  templates: digest/subject.txt, line 1: "lin" is not a field'):
        config.load(path, {})
    file.write_text("[Veins] {{ line }}", encoding="utf-8")
    settings = config.load(path, {})
    file.write_text("{{ lin }}", encoding="utf-8")
    (template,) = settings.branding.templates
    assert (template.name, template.text) == ("digest/subject.txt", "[Veins] {{ line }}")
    assert {file, file.parent, tmp_path / "own"} <= set(config.files(path, {}, settings))
