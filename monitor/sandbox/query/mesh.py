"""MeSH explosion, for the part of the trees that queries about trials or this subject use."""

from __future__ import annotations

#: Broader → narrower publication types and headings (MeSH, in lower case; only direct children are listed).
NARROWER: dict[str, tuple[str, ...]] = {
    "clinical study": ("clinical trial", "observational study"),
    "clinical trial": (
        "adaptive clinical trial",
        "clinical trial, phase i",
        "clinical trial, phase ii",
        "clinical trial, phase iii",
        "clinical trial, phase iv",
        "controlled clinical trial",
        "pragmatic clinical trial",
    ),
    "controlled clinical trial": ("randomized controlled trial",),
    "randomized controlled trial": ("equivalence trial",),
    "guideline": ("practice guideline",),
    "multiple sclerosis": (
        "multiple sclerosis, chronic progressive",
        "multiple sclerosis, relapsing-remitting",
        "neuromyelitis optica",
    ),
    "vascular diseases": ("venous insufficiency", "venous thrombosis", "varicose veins"),
    "angioplasty": ("angioplasty, balloon",),
    "endovascular procedures": ("angioplasty", "angioplasty, balloon"),
    "venous insufficiency": ("postthrombotic syndrome",),
}


def exploded(name: str) -> tuple[str, ...]:
    """`name` (folded) and everything narrower, itself first."""
    found = [name]
    for broader in found:
        found += [narrower for narrower in NARROWER.get(broader, ()) if narrower not in found]
    return tuple(found)
