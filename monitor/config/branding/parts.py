"""The block `branding:` of the configuration file as pydantic models."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from monitor.config.problems import shown
from monitor.config.topic_document import Part
from monitor.config.values import Email, Line, Text, invalid
from monitor.model.branding import DARK, LIGHT


def colour(value: object) -> str:
    """A colour as "#rrggbb", also written "#rgb"; in lower case."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if not text:
        raise invalid('empty. Write it in quotes, such as "#0a5c4d": without them YAML takes # for a comment.')
    if not re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", text):
        raise invalid(
            f'{shown(text)} is not a colour. Write # and six hexadecimal digits in quotes, such as "#0a5c4d".'
        )
    return text if len(text) == 7 else "#" + "".join(digit * 2 for digit in text[1:])


_PATTERN = "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"
Colour = Annotated[str, BeforeValidator(colour), WithJsonSchema({"type": "string", "pattern": _PATTERN})]


class LightPart(Part):
    """Where people have their screen light. Each pair of colours needs a contrast of 4.5:1 (WCAG 2.2, level AA)."""

    accent: Colour = Field(
        default=LIGHT.accent, description="Buttons and marks; also text. In quotes.", examples=['"#0a5c4d"']
    )
    background: Colour = Field(
        default=LIGHT.background, description="Behind the text: white or nearly so. In quotes.", examples=['"#fffdf8"']
    )


class DarkPart(Part):
    """Where people have their screen dark. Each pair of colours needs a contrast of 4.5:1 (WCAG 2.2, level AA)."""

    accent: Colour = Field(
        default=DARK.accent, description="Buttons and marks; also text. In quotes.", examples=['"#5fd0b4"']
    )
    background: Colour = Field(
        default=DARK.background, description="Behind the text: black or nearly so. In quotes.", examples=['"#10141a"']
    )


class ColoursPart(Part):
    """The colours. Every one is checked for contrast; one that people with low vision could not read is refused."""

    light: LightPart = Field(default=LightPart(), description="On a light screen.")
    dark: DarkPart = Field(default=DarkPart(), description="On a dark screen.")


class BrandingPart(Part):
    """How mails, pages and feeds present your service."""

    name: Annotated[Line, StringConstraints(max_length=60)] | None = Field(
        default=None,
        description="The name of your service, above every mail and page and in the feeds; at most 60 characters. The "
        "From name of mails is in `smtp.sender`.",
        examples=["Vein Watch of Example Hospital"],
    )
    logo: Line | None = Field(
        default=None,
        description="A PNG or JPEG file of at most 100 kB and 2000 × 2000 pixels, shown in place of the name, which it "
        "needs for those who do not see pictures. Pages serve it; digests carry it inside the mail, so that mail "
        "programs show it without loading anything. A relative path is relative to this file's folder.",
        examples=["logo.png"],
    )
    colours: ColoursPart = Field(default=ColoursPart(), description="The colours of mails and pages.")
    footer: Annotated[Text, StringConstraints(max_length=600)] | None = Field(
        default=None,
        description="Text below every mail and page, above the postal address; at most 600 characters.",
        examples=["Run by the library of Example Hospital."],
    )
    reply_to: Email | None = Field(
        default=None,
        description="Where answers to mails go (Reply-To). Default: to the sender.",
        examples=["library@example.org"],
    )
