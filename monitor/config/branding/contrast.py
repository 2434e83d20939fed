"""Are colours readable? The contrast of WCAG 2.2 (success criterion 1.4.3, level AA). Pure."""

from __future__ import annotations

from monitor.model.branding import DARK, LIGHT, Colours

#: What level AA asks of text, whatever its size.
ENOUGH = 4.5

#: The colours of text in templates/pages/style.css and templates/_base, light and dark: each stands on the background.
TEXT = {
    "light": (
        *("#1b2420", "#55605b", "#0b57a4", "#8a4b00", "#a8201a", "#17703c", "#55608f", "#8a5a00", "#5f6a65"),
        *("#1b2430", "#545f6c", "#0b5cad", "#a3241a", "#1b1f24", "#57606a"),
    ),
    "dark": (
        *("#e7ecea", "#a7b3ae", "#8cc2ff", "#f0b766", "#ff9d94", "#6fd58f", "#b6bdf2", "#e8c06a"),
        *("#e8ebef", "#aab4bf", "#8fc1ff", "#ffab9e", "#e6e9ec", "#a3acb6"),
    ),
}


def ratio(one: str, other: str) -> float:
    """The contrast of two colours "#rrggbb", from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def problems(mode: str, accent: str, background: str) -> list[tuple[str, str]]:
    """What is wrong with the two colours of a mode ("light" or "dark"): the key and a sentence for each mistake."""
    better = "lighter" if mode == "light" else "darker"
    worst = min(TEXT[mode], key=lambda text: ratio(text, background))
    if ratio(worst, background) < ENOUGH:
        sentence = f"text in {worst} on {background} has {_shown(worst, background)} Write a {better} colour."
        return [("background", sentence)]
    if ratio(accent, background) < ENOUGH:
        better = "darker" if mode == "light" else "lighter"
        sentence = f"{accent} on the background {background} has {_shown(accent, background)} Write a {better} colour."
        return [("accent", sentence)]
    return []


def colours(mode: str, accent: str, background: str) -> Colours:
    """The colours of a mode, with the colour of text on the accent: black or white, which one is always readable."""
    shipped = LIGHT if mode == "light" else DARK
    if accent == shipped.accent:
        return Colours(accent, background, shipped.on_accent)
    return Colours(accent, background, max(("#ffffff", "#000000"), key=lambda text: ratio(text, accent)))


def _shown(one: str, other: str) -> str:
    """The contrast, rounded down, so that what is too little never looks enough."""
    return f"a contrast of {int(ratio(one, other) * 10) / 10}:1; text needs {ENOUGH}:1 (WCAG 2.2 AA)."


def _luminance(colour: str) -> float:
    """The relative luminance of sRGB, from 0 to 1."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
