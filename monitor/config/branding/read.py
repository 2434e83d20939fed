"""The branding of a configuration: its block checked, with its logo and its own templates read from their files."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from monitor.config.branding import contrast
from monitor.config.branding.parts import BrandingPart
from monitor.config.problems import Problem, Where, dotted
from monitor.config.yaml_lines import Document
from monitor.errors import ConfigError
from monitor.model import Branding, Logo, OwnTemplate


def read(document: Document, folder: Path, problems: list[Problem]) -> Branding:
    """The branding that `document` asks for, its files relative to `folder`; every mistake is appended to `problems`.

    Mistakes that the check of the keys themselves reports are left to it.
    """
    values = document.values if isinstance(document.values, dict) else {}
    try:
        part = BrandingPart.model_validate(values.get("branding") or {})
    except ValidationError:
        part = BrandingPart()
    for mode, chosen in (("light", part.colours.light), ("dark", part.colours.dark)):
        for key, sentence in contrast.problems(mode, chosen.accent, chosen.background):
            problems.append(_at(document, ("branding", "colours", mode, key), sentence))
    return Branding(
        name=part.name or "",
        logo=_logo(document, part, folder, problems),
        light=contrast.colours("light", part.colours.light.accent, part.colours.light.background),
        dark=contrast.colours("dark", part.colours.dark.accent, part.colours.dark.background),
        footer=part.footer or "",
        reply_to=part.reply_to or "",
        templates=_templates(document, values.get("templates"), folder, problems),
        files=_files(part.logo, values.get("templates"), folder),
    )


def _logo(document: Document, part: BrandingPart, folder: Path, problems: list[Problem]) -> Logo | None:
    where: Where = ("branding", "logo")
    if not part.logo:
        return None
    if not part.name:
        text = "needs branding.name too: it is read out, and shown where pictures are not."
        problems.append(_at(document, where, text))
    from monitor.render.drawing import logo  # imported here: few configurations have a picture to decode

    try:
        return logo.read(folder / part.logo)
    except ConfigError as error:
        problems.append(_at(document, where, str(error)))
        return None


def _templates(document: Document, value: object, folder: Path, problems: list[Problem]) -> tuple[OwnTemplate, ...]:
    if not isinstance(value, str) or not value.strip():
        return ()
    from monitor.config.branding import own_templates  # imported here: few configurations have templates to parse

    found, mistakes = own_templates.read(folder / value.strip())
    problems.extend(_at(document, ("templates",), mistake) for mistake in mistakes)
    return found


def _files(logo: str | None, own: object, folder: Path) -> tuple[Path, ...]:
    """The logo, and the folder of templates with all that is in it: in its folders others may appear."""
    found = [folder / logo] if logo else []
    if isinstance(own, str) and own.strip():
        found += [folder / own.strip(), *sorted((folder / own.strip()).rglob("*"))]
    return tuple(found)


def _at(document: Document, where: Where, text: str) -> Problem:
    return Problem(document.line(where), dotted(where), text)
