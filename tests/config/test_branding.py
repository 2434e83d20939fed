"""Name, logo, colours and footer of an operator: what can be read by everybody is taken, the rest is refused."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from pathlib import Path

import pytest

from monitor import config, resources
from monitor.config.branding import contrast
from monitor.errors import ConfigError
from monitor.model import Settings
from monitor.model.branding import DARK, LIGHT
from monitor.render.drawing import logo
from tests.config.files import SMALL, written
from tests.support.branding import picture

WHOLE = """\
branding:
  name: Vein Watch
  logo: logo.png
  colours:
    light: {accent: "#7a1450", background: "#FFF"}
    dark: {accent: "#f0a8d0"}
  footer: |
    Run by the library.
    Open on weekdays.
  reply_to: library@example.org
"""


def loaded(folder: Path, block: str) -> Settings:
    """The settings with this block at the end of the file."""
    return config.load(written(folder, SMALL + block), {})


def told(folder: Path, block: str) -> str:
    """What the operator is told of this block."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, block)
    return str(caught.value)


def test_everything_that_can_be_set_is_taken(tmp_path: Path) -> None:
    """Colours in either spelling; the text on the accent is the more readable of black and white."""
    (tmp_path / "logo.png").write_bytes(picture())
    brand = loaded(tmp_path, WHOLE).branding
    assert (brand.name, brand.reply_to) == ("Vein Watch", "library@example.org")
    assert brand.footer_lines == ("Run by the library.", "Open on weekdays.")
    assert (brand.light.accent, brand.light.background, brand.light.on_accent) == ("#7a1450", "#ffffff", "#ffffff")
    assert (brand.dark.accent, brand.dark.background, brand.dark.on_accent) == ("#f0a8d0", DARK.background, "#000000")
    assert brand.logo
    assert (brand.logo.media_type, brand.logo.width, brand.logo.height) == ("image/png", 480, 110)
    assert brand.files == (tmp_path / "logo.png",)


def test_without_it_nothing_is_different(tmp_path: Path) -> None:
    """The shipped colours, no name."""
    brand = loaded(tmp_path, "").branding
    assert (brand.light, brand.dark, brand.name, brand.has_colours) == (LIGHT, DARK, "", False)


@pytest.mark.parametrize(
    ("colours", "sentences"),
    [
        (
            'light: {accent: "#ffd400"}',
            "line 17  branding.colours.light.accent: #ffd400 on the background #ffffff has a contrast of 1.4:1; "
            "text needs 4.5:1 (WCAG 2.2 AA). Write a darker colour.",
        ),
        ('light: {accent: "#777777"}', "has a contrast of 4.4:1; text needs 4.5:1"),
        (
            'dark: {accent: "#0a5c4d"}',
            "branding.colours.dark.accent: #0a5c4d on the background #131917 has a contrast of 2.2:1; "
            "text needs 4.5:1 (WCAG 2.2 AA). Write a lighter colour.",
        ),
        ('light: {background: "#808080"}', "branding.colours.light.background: text in #"),
        ('light: {background: "#808080"}', "Write a lighter colour."),
        ('dark: {background: "#ffffff"}', "Write a darker colour."),
        ('dark: {background: "#555"}', "branding.colours.dark.background: text in #"),
        ("light: {accent: teal}", '"teal" is not a colour. Write # and six hexadecimal digits in quotes'),
        ('light: {accent: "#12345"}', '"#12345" is not a colour.'),
        ("light:\n      accent: #0a5c4d", "branding.colours.light.accent: empty. Write it in quotes"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast(
    tmp_path: Path, colours: str, sentences: str
) -> None:
    """On a light screen and on a dark one, and what YAML takes for a comment."""
    assert sentences in told(tmp_path, f"branding:\n  colours:\n    {colours}\n")


def test_the_mistakes_of_colours_logo_and_templates_are_told_beside_all_others(tmp_path: Path) -> None:
    """At once, also when a key is misspelt."""
    block = "brandng: {}\nbranding:\n  logo: no.png\n  colours: {light: {accent: '#ff0'}}\ntemplates: nowhere\n"
    answer = told(tmp_path, block)
    for words in ("brandng: unknown key", "branding.logo: cannot read", "needs branding.name", "#ffff00 on the"):
        assert words in answer
    assert "nowhere is not a folder" in answer


def test_contrast_is_that_of_wcag() -> None:
    """Black on white has 21, #777777 on white falls just short, a colour on itself has 1."""
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast.ratio("#0a5c4d", "#0a5c4d") == 1


def test_text_on_the_accent_can_always_be_read() -> None:
    """Whatever colour it is."""
    some = random.Random(3)  # noqa: S311  colours, no secrets
    for _ in range(300):
        accent = f"#{some.randrange(1 << 24):06x}"
        chosen = contrast.colours("light", accent, "#ffffff")
        assert contrast.ratio(accent, chosen.on_accent) >= contrast.ENOUGH


def test_the_colours_of_text_are_those_of_the_style_sheet_and_the_mails() -> None:
    """A new colour in a template is checked against operators' backgrounds too."""
    root = resources.folder("templates")
    sheet = (root / "pages" / "style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*--ink[^}]*)\}", sheet)[:2]
    names = ("ink", "soft", "link", "warn", "bad", "benefit", "no-difference", "harm", "mixed", "not-stated")
    for mode, block in (("light", light), ("dark", dark)):
        used = {re.search(rf"--{name}: (#\w+)", block)[1] for name in names}  # type: ignore[index]  # each is there
        assert used <= set(contrast.TEXT[mode])
    mail = "".join((root / "_base" / name).read_text(encoding="utf-8") for name in ("base.html", "transactional.html"))
    screen = mail.split("@media print")[0] + mail.split("@media print")[1].partition("</style>")[2]
    in_dark = set(re.findall(r"[{ ]color: (#\w+) !important", screen)) - {"#17202a"}  # on a mark of its own colour
    assert in_dark <= set(contrast.TEXT["dark"])
    inline = (root / "_base" / "style.html").read_text(encoding="utf-8") + mail
    in_light = set(re.findall(r"[;\"]color:(#\w+)", inline)) - {"#ffffff"}  # on a mark, and on buttons
    assert in_light <= set(contrast.TEXT["light"])
    assert f"--accent: {LIGHT.accent}; --on-accent: {LIGHT.on_accent}" in light
    assert f"--accent: {DARK.accent}; --on-accent: {DARK.on_accent}" in dark
    for mode, colours in (("light", LIGHT), ("dark", DARK)):
        assert contrast.problems(mode, colours.accent, colours.background) == []


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("logo.svg", SVG, "logo.svg is SVG, which most mail programs do not show because it can contain scripts."),
        ("logo.png", SVG, "logo.png is SVG"),
        ("logo.gif", picture(kind="GIF", mode="P"), "logo.gif is not a PNG or JPEG picture."),
        ("logo.png", b"<p>not found</p>", "logo.png is not a PNG or JPEG picture."),
        ("logo.png", b"", "logo.png is not a PNG or JPEG picture."),
        ("logo.png", picture()[:900], "logo.png is damaged"),
        ("logo.png", picture(2001, 4, mode="1"), "logo.png has more than 2000 × 2000 pixels."),
        ("logo.jpg", picture(kind="JPEG", mode="CMYK"), "logo.jpg has the colours of print (CMYK)"),
        ("logo.png", picture(600, 400), "logo.png is larger than 100 kB, and every mail carries it."),
    ],
)
def test_a_logo_that_mail_programs_would_not_show_is_refused(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    """With the line and the reason."""
    (tmp_path / name).write_bytes(content)
    answer = told(tmp_path, f"branding: {{name: Vein Watch, logo: {name}}}\n")
    assert f"branding.logo: {sentence}" in answer


def test_a_jpeg_is_known_by_its_content(tmp_path: Path) -> None:
    """Whatever its file is called."""
    (tmp_path / "logo.png").write_bytes(picture(kind="JPEG"))
    found = loaded(tmp_path, "branding: {name: Vein Watch, logo: logo.png}\n").branding.logo
    assert found
    assert (found.media_type, found.file_name) == ("image/jpeg", "logo.jpg")
    assert found.scaled(240, 40) == (175, 40)
    assert found.scaled(2_000, 2_000) == (480, 110)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_damaged_picture_is_refused_or_shown_and_breaks_nothing(tmp_path: Path, kind: str) -> None:
    """Bytes are changed at random."""
    good, some = picture(60, 40, kind), random.Random(7)  # noqa: S311  bytes, no secrets
    for _ in range(150):
        bad = bytearray(good)
        for _ in range(some.randrange(1, 9)):
            bad[some.randrange(len(bad))] = some.randrange(256)
        (tmp_path / "logo").write_bytes(bad[: some.randrange(len(bad))] if some.random() < 0.3 else bad)
        with suppress(ConfigError):
            assert logo.read(tmp_path / "logo").content
