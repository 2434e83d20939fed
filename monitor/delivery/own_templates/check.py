"""Render every mail with the operator's own templates, and refuse what breaks or loses what a mail must have.

Each is rendered in every language that is spoken. A digest keeps the answer's sentence, the link to unsubscribe and
the postal address; a transactional mail keeps its links and the postal address: in its HTML where a reader sees them,
and in its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.delivery import transactional
from monitor.digests import render
from monitor.digests.display.view import Site, postal_lines
from monitor.errors import ConfigError
from monitor.language.speech import speaking
from monitor.model import Rendered, Settings, TransactionalKind
from monitor.render.placeholders import Placeholder, placeholder
from monitor.render.templates import refusing


@dataclass(frozen=True, slots=True)
class Kept:
    """What a mail must have: texts, and addresses of links, each with its name for the operator."""

    texts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]


def check(settings: Settings) -> None:
    """Raise ConfigError, with a line for each mistake, when the operator's mail templates cannot be used.

    Mistakes that can be seen without rendering were found when the configuration was read.
    """
    names = {template.name for template in settings.branding.templates}
    if all(name.startswith("pages/") for name in names):
        return
    spoken = [settings.catalogue(), *(settings.catalogue(topic.key) for topic in settings.topics)]
    mistakes: dict[str, None] = {}
    for catalogue in {one.language: one for one in spoken}.values():
        with speaking(catalogue):
            mistakes |= dict.fromkeys(_mistakes(settings, names))
    if mistakes:
        told = "\n".join(f"  {mistake}" for mistake in mistakes)
        raise ConfigError(f"{settings.path}: templates of yours cannot be used, so nothing is mailed:\n{told}")


def _mistakes(settings: Settings, names: set[str]) -> Iterator[str]:
    """What is wrong with mails in the present language; the first that cannot be made is the last of them."""
    try:
        for kind, rendered, kept in _mails(settings):
            for part, loss in _lost(rendered, kept):
                blamed = f"{kind}/{part}" if f"{kind}/{part}" in names else ", ".join(sorted(names))
                yield f"{blamed}: {loss}"
    except ConfigError as error:
        yield str(error)


def _mails(settings: Settings) -> Iterator[tuple[str, Rendered, Kept]]:
    """Every made-up mail, its kind, and what it must have; with pages and without."""
    from monitor.delivery.own_templates import made_up  # imported here: for those who have templates of their own

    postal = tuple(("the postal address", line) for line in postal_lines(settings.postal_address))
    for url, topic in ((made_up.URL, made_up.TOPIC), ("", made_up.ONLY_NEWS)):
        site = Site(settings.postal_address, settings.operator_email, url, settings.branding)
        for digest in made_up.digests():
            with refusing(settings.branding):
                rendered = render.render(digest, topic, site)
            texts = (("the answer's sentence, {{ answer.sentence }}", digest.answer.sentence), *postal)
            link = ("the link to unsubscribe, {{ place.unsubscribe }}", placeholder(Placeholder.UNSUBSCRIBE))
            yield "digest", rendered, Kept(texts, (link,))
    for kind in TransactionalKind:
        for values in made_up.transactional(settings, kind):
            with refusing(settings.branding):
                rendered = transactional.render(kind, values, settings.branding)
            links = [("its link, {{ entry.url }}", entry["url"]) for entry in values["entries"]]
            links += [("the link {{ do_not_mail }}", values["do_not_mail"])] if values["do_not_mail"] else []
            yield kind, rendered, Kept(postal, tuple(links))


def _lost(rendered: Rendered, kept: Kept) -> Iterator[tuple[str, str]]:
    """The template's file name, and what its part of the mail lacks."""
    from monitor.delivery.own_templates.visible import visible  # see `_mails`

    seen = visible(rendered.html)
    html, text = _squeezed(seen.text), _squeezed(rendered.text)
    if not rendered.subject:
        yield "subject.txt", "the subject is empty."
    for what, words in kept.texts:
        if _squeezed(words) not in html:
            yield "body.html", f"{what} is missing, or cannot be seen. Every mail must have it."
        if _squeezed(words) not in text:
            yield "body.txt", f"{what} is missing. Every mail must have it."
    for what, address in kept.links:
        if address not in seen.links:
            yield "body.html", f"{what} is missing, or cannot be clicked. Every mail must have it."
        if address not in rendered.text:
            yield "body.txt", f"{what} is missing. Every mail must have it."


def _squeezed(text: str) -> str:
    """The text without spaces and in lower case: how lines are broken does not matter."""
    return "".join(text.casefold().split())
