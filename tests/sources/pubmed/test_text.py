"""Titles and abstracts as PubMed prints them: markup, formulas, broken characters."""

from __future__ import annotations

import pytest

from monitor.sources.pubmed.records.text import normalize_space, plain_text, text_and_html
from tests.support.record_xml import element


@pytest.mark.parametrize(
    ("xml", "text", "html"),
    [
        ("<t>Plain words.</t>", "Plain words.", "Plain words."),
        ("<t>m<sup>2</sup> and CO<sub>2</sub></t>", "m2 and CO2", "m<sup>2</sup> and CO<sub>2</sub>"),
        ("<t>In <i>E. <b>coli</b></i> cells</t>", "In E. coli cells", "In <i>E. <b>coli</b></i> cells"),
        ("<t><italic>x</italic>y</t>", "xy", "<i>x</i>y"),
        ("<t>P &lt; 0.001 &amp; n &gt; 9</t>", "P < 0.001 & n > 9", "P &lt; 0.001 &amp; n &gt; 9"),
        ("<t>&lt;script&gt;x&lt;/script&gt;</t>", "<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("<t><script>x</script> y</t>", "x y", "x y"),
        ('<t><a href="javascript:x">link</a></t>', "link", "link"),
        ('<t><i onclick="x">a</i></t>', "a", "<i>a</i>"),
        ("<t>one<p>two</p>three</t>", "one two three", "one two three"),
        ("<t>a<!-- not seen -->b<?pi not seen?>c</t>", "abc", "abc"),
        ("<t>\n   spread\n   over lines </t>", "spread over lines", "spread over lines"),
        ("<t>0.5\u2009mg\u00a0daily</t>", "0.5 mg daily", "0.5 mg daily"),
        ("<t/>", "", ""),
        ("<t><i/></t>", "", "<i></i>"),
    ],
)
def test_markup_becomes_text_and_safe_html(xml: str, text: str, html: str) -> None:
    """No word is lost at a tag, and only <i> <b> <sub> <sup> <u> without attributes remain."""
    assert text_and_html(element(xml)) == (text, html)


@pytest.mark.parametrize(
    ("formula", "text", "html"),
    [
        ("<mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn>", "x=1", "x=1"),
        ("<mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup>", "x^2", "x<sup>2</sup>"),
        ("<mml:msub><mml:mi>a</mml:mi><mml:mi>max</mml:mi></mml:msub>", "a_max", "a<sub>max</sub>"),
        ("<mml:mfrac><mml:mi>a</mml:mi><mml:mi>b</mml:mi></mml:mfrac>", "a/b", "a/b"),
        (
            "<mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mi>b</mml:mi></mml:mrow>"
            "<mml:mn>2</mml:mn></mml:mfrac>",
            "(a+b)/2",
            "(a+b)/2",
        ),
        ("<mml:msqrt><mml:mi>n</mml:mi></mml:msqrt>", "√(n)", "√(n)"),
        ("<mml:mroot><mml:mi>n</mml:mi><mml:mn>3</mml:mn></mml:mroot>", "3√(n)", "<sup>3</sup>√(n)"),
        (
            "<mml:msubsup><mml:mi>x</mml:mi><mml:mi>i</mml:mi><mml:mn>2</mml:mn></mml:msubsup>",
            "x_i^2",
            "x<sub>i</sub><sup>2</sup>",
        ),
        ("<mml:mi>p</mml:mi><mml:mo>&lt;</mml:mo><mml:mn>0.05</mml:mn>", "p<0.05", "p&lt;0.05"),
        ("<mml:mtext>if </mml:mtext><mml:mi>x</mml:mi>", "if x", "if x"),
        ("<mml:mrow>\n  <mml:mi>a</mml:mi>\n  <mml:mi>b</mml:mi>\n</mml:mrow>", "ab", "ab"),
        (
            "<mml:semantics><mml:mi>x</mml:mi><mml:annotation>\\x</mml:annotation></mml:semantics>",
            "x",
            "x",
        ),
    ],
)
def test_a_formula_reads_on_one_line(formula: str, text: str, html: str) -> None:
    """MathML becomes what a person would type."""
    assert text_and_html(element(f"<t>Let <mml:math>{formula}</mml:math> hold</t>")) == (
        f"Let {text} hold",
        f"Let {html} hold",
    )


def test_formulas_and_markup_deeper_than_any_record_keep_their_words() -> None:
    """A thousand nested tags neither exhaust the stack nor lose the word inside."""
    assert "core" in plain_text(element("<t>" + "<i>" * 1500 + "core" + "</i>" * 1500 + "</t>"))
    rows = "<mml:mrow>" * 1500 + "<mml:mi>core</mml:mi>" + "</mml:mrow>" * 1500
    assert "core" in plain_text(element(f"<t><mml:math>{rows}</mml:math></t>"))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b\x07c", "abc"),
        ("turn\u202earound\u202c", "turnaround"),
        ("zero\u200bwidth and ran\u00addomised", "zerowidth and randomised"),
        ("\ufeffmark", "mark"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("lines\r\n\x85 and\u2028more", "lines and more"),
        ("Naïve β-blockers ≥ 5 µg", "Naïve β-blockers ≥ 5 µg"),
        (None, ""),
    ],
)
def test_text_is_fit_for_a_database_and_a_mail(raw: str | None, clean: str) -> None:
    """Characters that PostgreSQL, JSON or a mail header cannot carry are gone; letters of any script stay."""
    assert normalize_space(raw) == clean
