"""Mail templates of an operator's are tried before anyone is mailed: none may break, or lose what a mail must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import resources, store
from monitor.delivery import own_templates
from monitor.digests.compose import compose_due
from monitor.errors import ConfigError
from monitor.model import Branding, Catalogue, Settings
from monitor.render.templates import shipped_names
from monitor.service import connections
from monitor.service.alerting.failures import Unit
from monitor.service.guard import Guard
from monitor.store import Database
from tests.support.branding import own
from tests.support.mail_servers import Mailbox
from tests.support.settings import START, settings, subscribe, watched

#: A digest in which nothing is missing; the tests take something out of it.
HTML = """\
<html><head><title>{{ answer.sentence }}</title></head><body>
<h1>{{ answer.sentence }}</h1>
<p><a href="{{ place.unsubscribe }}">Leave</a></p>
<p>{% for line in postal_lines %}{{ line }}<br>{% endfor %}</p>
</body></html>
"""
TEXT = "{{ answer.sentence|wordwrap(30) }}\n{{ place.unsubscribe }}\n{{ postal_lines|join('\n') }}\n"
LINK = '<a href="{{ place.unsubscribe }}">Leave</a>'


def with_templates(texts: Mapping[str, str]) -> Settings:
    """Settings with templates of the operator's, by name."""
    brand = Branding(templates=tuple(own(name, text) for name, text in texts.items()))
    return replace(settings(Mailbox().settings()), branding=brand)


def refusal(texts: Mapping[str, str]) -> str:
    """What the operator is told, with a line for each mistake."""
    with pytest.raises(ConfigError) as caught:
        own_templates.check(with_templates(texts))
    return str(caught.value)


def test_a_template_that_has_everything_is_taken() -> None:
    """However it looks, and wherever its lines are broken."""
    own_templates.check(with_templates({"digest/body.html": HTML, "digest/body.txt": TEXT}))


def test_mails_are_tried_in_every_language_that_is_spoken() -> None:
    """A sentence of the operator's own whose translation names another value; without it the template is taken."""
    html = HTML.replace("<p>", '<p>{{ _("Hello %(name)s", name=1) }} ', 1)
    german = Catalogue("de", {("", "Hello %(name)s"): ("Hallo %(nam)s",)})
    wanted = replace(with_templates({"digest/body.html": html, "digest/body.txt": TEXT}), catalogues={"de": german})
    own_templates.check(wanted)
    spoken = replace(wanted, topics=(*wanted.topics, replace(wanted.topics[0], key="venen", language="de")))
    with pytest.raises(ConfigError, match=r"digest/body\.html, line \d+: 'nam'"):
        own_templates.check(spoken)
    whole = Catalogue("de", {("", "Hello %(name)s"): ("Hallo %(name)s",)})
    own_templates.check(replace(spoken, catalogues={"de": whole}))


def test_an_address_of_many_long_lines_is_looked_for_as_it_is_shown() -> None:
    """Digests show six lines of it, and shorten very long ones."""
    address = "\n\n".join([f"Department {number} of {'very ' * 30}long names" for number in range(9)])
    own_templates.check(replace(with_templates({"digest/body.txt": TEXT}), postal_address=address))


def test_each_shipped_template_is_taken_as_the_operators_own() -> None:
    """Copied to begin with."""
    root = resources.folder("templates")
    copied = tuple(own(name, (root / name).read_text(encoding="utf-8")) for name in shipped_names())
    own_templates.check(replace(with_templates({}), branding=Branding("Vein Watch", templates=copied)))


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [
        (LINK, "", "the link to unsubscribe"),
        (LINK, "{{ place.unsubscribe }}", "the link to unsubscribe"),
        (LINK, f"<!-- {LINK} -->", "the link to unsubscribe"),
        (LINK, f'<div style="DISPLAY : none"><b>{LINK}</b></div>', "the link to unsubscribe"),
        (LINK, f"<div hidden>{LINK}</div>", "the link to unsubscribe"),
        (LINK, f'<p style="color:red;font-size:0">{LINK}</p>', "the link to unsubscribe"),
        (LINK, f'<p style="color:#fff; background: #FFF">{LINK}</p>', "the link to unsubscribe"),
        (LINK, f'<p style="position:absolute; left:-9999px">{LINK}</p>', "the link to unsubscribe"),
        (LINK, '<a href="{{ place.unsubscribe }}"> </a>', "the link to unsubscribe"),
        (LINK, '<a href="https://example.org/{{ place.unsubscribe }}">Leave</a>', "the link to unsubscribe"),
        (LINK, "{% if has_changed %}" + LINK + "{% endif %}", "the link to unsubscribe"),
        (LINK, "{% if has_pages %}" + LINK + "{% endif %}", "the link to unsubscribe"),
        ("<h1>{{ answer.sentence }}</h1>", "", "the answer's sentence"),
        ("<h1>{{ answer.sentence }}</h1>", "<h1>{{ answer.sentence|truncate(20) }}</h1>", "the answer's sentence"),
        ("<h1>{{ answer.sentence }}</h1>", "{% if trials %}{{ answer.sentence }}{% endif %}", "the answer's sentence"),
        ("{{ line }}<br>", "", "the postal address"),
        ("{{ line }}<br>", "{% if loop.first %}{{ line }}{% endif %}", "the postal address"),
    ],
)
def test_what_a_digest_must_have_cannot_be_lost_in_its_html(before: str, after: str, missing: str) -> None:
    """Not hidden, not made useless, not only shown sometimes."""
    assert before in HTML
    told = refusal({"digest/body.html": HTML.replace(before, after), "digest/body.txt": TEXT})
    assert f"digest/body.html: {missing}" in told
    assert "body.txt" not in told


@pytest.mark.parametrize(
    ("before", "missing"),
    [
        ("{{ answer.sentence|wordwrap(30) }}", "the answer's sentence"),
        ("{{ place.unsubscribe }}", "the link to unsubscribe"),
        ("{{ postal_lines|join('\n') }}", "the postal address"),
    ],
)
def test_what_a_digest_must_have_cannot_be_lost_in_its_text(before: str, missing: str) -> None:
    """Each of the three."""
    told = refusal({"digest/body.txt": TEXT.replace(before, "")})
    assert f"digest/body.txt: {missing}" in told
    assert "body.html" not in told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("confirm/body.txt", "{{ postal_address }} {{ do_not_mail }}", "confirm/body.txt: its link, {{ entry.url }}"),
        ("confirm/body.txt", "{{ entries[0].url }} {{ postal_address }}", "the link {{ do_not_mail }} is missing"),
        (  # an address that has no such link
            "confirm/body.txt",
            "{% if do_not_mail %}{{ entries[0].url }} {{ postal_address }} {{ do_not_mail }}{% endif %}",
            "confirm/body.txt: its link, {{ entry.url }}",
        ),
        ("link/body.txt", "{{ entries[0].url }} {{ postal_address }} {{ do_not_mail }}", "its link, {{ entry.url }}"),
        ("link/body.html", "<p>{{ postal_address }}</p>", "link/body.html: its link, {{ entry.url }}"),
        ("confirm/subject.txt", "", "confirm/subject.txt: the subject is empty."),
        ("digest/subject.txt", "\n", "digest/subject.txt: the subject is empty."),
        ("digest/body.txt", "{{ trials + 1 }}", "digest/body.txt, line 1: can only concatenate list"),
        ("digest/body.txt", "\n{{ 1 // more_trials }}", "digest/body.txt, line 2: "),
        ("digest/body.txt", "\n\n{{ ''.__class__.mro() }}", "digest/body.txt, line 3: "),
        ("_base/brand.html", "{{ sections[9].links }}", "_base/brand.html, line 1: "),
        (
            "_base/base.html",
            "{% block preview %}{% endblock %}{% block content %}{% endblock %}{% block foot %}{% endblock %}",
            "_base/base.html: the postal address is missing",
        ),
    ],
)
def test_a_mail_that_breaks_or_loses_something_is_refused(name: str, text: str, told: str) -> None:
    """Of every kind, also by way of a template that others build on."""
    assert told in refusal({name: text})


def test_all_that_is_lost_is_named_as_it_is_written_in_a_template() -> None:
    """The file, the words that were looked for, and why they matter; a page of the operator's own is no mail."""
    page = {"pages/about.html": "<p>About</p>"}
    own_templates.check(with_templates(page))
    assert refusal({"digest/body.html": "<p>Hello</p>", "digest/body.txt": "Hello", **page}).splitlines()[1:] == [
        "  digest/body.html: the answer's sentence, {{ answer.sentence }} is missing, or cannot be seen. "
        "Every mail must have it.",
        "  digest/body.txt: the answer's sentence, {{ answer.sentence }} is missing. Every mail must have it.",
        "  digest/body.html: the postal address is missing, or cannot be seen. Every mail must have it.",
        "  digest/body.txt: the postal address is missing. Every mail must have it.",
        "  digest/body.html: the link to unsubscribe, {{ place.unsubscribe }} is missing, or cannot be clicked. "
        "Every mail must have it.",
        "  digest/body.txt: the link to unsubscribe, {{ place.unsubscribe }} is missing. Every mail must have it.",
    ]
    assert refusal({"confirm/body.html": "<p>Hello</p>"}).splitlines()[1:] == [
        "  confirm/body.html: the postal address is missing, or cannot be seen. Every mail must have it.",
        "  confirm/body.html: its link, {{ entry.url }} is missing, or cannot be clicked. Every mail must have it.",
        "  confirm/body.html: the link {{ do_not_mail }} is missing, or cannot be clicked. Every mail must have it.",
    ]


def test_a_loss_in_what_others_build_on_is_blamed_on_all_that_are_the_operators() -> None:
    """By their names, in order: one of them it is."""
    base = "{% block preview %}{% endblock %}{% block content %}{% endblock %}{% block foot %}{% endblock %}"
    told = refusal({"_base/base.html": base, "_base/brand.html": "<b>Us</b>"})
    assert "  _base/base.html, _base/brand.html: the postal address is missing, or cannot be seen." in told


def test_each_mistake_is_told_on_a_line_of_its_own() -> None:
    """After the file that names the templates; each once, however many mails have it."""
    told = refusal({"confirm/body.txt": "{{ entries[0].url }} {{ postal_address }}", "digest/subject.txt": " "})
    assert told.splitlines() == [
        "monitor.yaml: templates of yours cannot be used, so nothing is mailed:",
        "  digest/subject.txt: the subject is empty.",
        "  confirm/body.txt: the link {{ do_not_mail }} is missing. Every mail must have it.",
    ]


def test_nothing_is_opened_with_a_template_that_cannot_be_used(tmp_path: Path) -> None:
    """At the start, before the database is touched."""
    wrong = replace(with_templates({"digest/body.txt": "Bye"}), database_url=f"sqlite:///{tmp_path}/monitor.db")
    with pytest.raises(ConfigError, match="nothing is mailed"), connections.connected(wrong, START):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_digest_is_written_with_the_operators_templates(db: Database) -> None:
    """Subject and text; the HTML, which the operator left alone, is the shipped one."""
    told = with_templates({"digest/subject.txt": "[Veins] {{ line }}", "digest/body.txt": f"{TEXT}As we write it.\n"})
    watched(db)
    subscribe(db, "a@example.org")
    (number,) = compose_due(told, db, START)[:1]
    with db.read() as tx:
        _, rendered = store.digests.get(tx, number)
    assert rendered.subject.startswith("[Veins] CCSVI in MS: ")
    assert rendered.text.endswith("As we write it.\n")
    assert "You receive this because" in rendered.html


def test_one_that_breaks_all_the_same_is_a_failure_and_not_replaced(db: Database) -> None:
    """The digest stays due, the failure names the line, and no shipped text goes out in its place."""
    broken = with_templates({"digest/body.txt": f"{TEXT}\n{{{{ 1 // (1 - frequency|length // frequency|length) }}}}"})
    watched(db)
    subscribe(db, "a@example.org")
    guard = Guard(db, START).parts(Unit.DIGESTS)
    assert compose_due(broken, db, START, guard) == []
    assert "ZeroDivisionError" in guard.failed["ccsvi, welcome"].error
    repaired = with_templates({"digest/body.txt": TEXT})
    assert len(compose_due(repaired, db, START)) > 0
