"""What a reader sees of an HTML mail, by each way in which a template can hide something."""

from __future__ import annotations

import pytest

from monitor.delivery.own_templates.visible import visible


def seen(html: str) -> str:
    """The text that is seen, with one blank between words."""
    return " ".join(visible(html).text.split())


def test_what_is_seen_of_a_mail() -> None:
    """Text in and after elements that nobody closed, the words of pictures, what is not hidden."""
    seen = visible(
        "<style>a{}</style><p>One<br>two<p style='display:none'>no<b>no</b></p><a href='x'><img alt='three' src=y></a>"
        "<a href='y'><span style='display:none'>no</span></a><p style='line-height:0.9;height:0.5em'>four &amp; five"
    )
    assert seen.text.split() == ["One", "two", "three", "four", "&", "five"]
    assert seen.links == {"x"}


@pytest.mark.parametrize("name", ["head", "style", "script", "title", "template", "noscript"])
def test_nothing_is_seen_of_what_is_in_an_element_that_shows_nothing(name: str) -> None:
    """Neither words nor links; what follows it is seen."""
    seen = visible(f"<{name}>no <a href='x'>no</a></{name}><a href='y'>yes</a>")
    assert (seen.text.split(), seen.links) == (["yes"], {"y"})


@pytest.mark.parametrize(
    "name", ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
def test_an_element_that_nothing_can_be_in_hides_nothing_after_it(name: str) -> None:
    """Whatever its own style says: nobody closes it."""
    assert visible(f"one<{name} style='display: none'>two").text.split() == ["one", "two"]


@pytest.mark.parametrize(
    ("style", "is_seen"),
    [
        ("display:none", False),
        ("DISPLAY : None !important", False),
        ("color:red;visibility:hidden", False),
        ("opacity:0", False),
        ("opacity:0.5", True),
        ("opacity:05", True),
        ("font-size:0", False),
        ("color:red;font-size:0px", False),
        ("font-size:0.9em", True),
        ("height:0", False),
        ("max-height:0;overflow:hidden", False),
        ("line-height:0", False),
        ("width:0", False),
        ("max-width:0", False),
        ("border-width:0", True),
        ("min-width: 0", True),
        ("text-indent: -2px", True),
        ("width:0; overflow:hidden", False),
        ("position:absolute; left: -9999px", False),
        ("color: #FFF; background-color: #fff", False),
        ("max-width:600px", True),
        ("mso-hide:all", False),
        ("text-indent:-999px", False),
        ("left:-9999px", False),
        ("top:-100em", False),
        ("left:-99px", True),
        ("clip:rect(0,0,0,0)", False),
        ("color:#fff;background:#fff", False),
        ("color:#fff;background-color:#fff", False),
        ("background-color:white; color: white !important", False),
        ("color:#000;background:#fff", True),
        ("color:#fff", True),
        ("background:#fff", True),
        ("border-color:#fff;background:#fff", True),
        ("", True),
    ],
)
def test_a_style_that_hides(style: str, is_seen: bool) -> None:
    """With all that is in the element; what stands behind it is seen again."""
    assert seen(f'a<div style="{style}"><p>b</p>c</div>d') == ("a b c d" if is_seen else "a d")


def test_an_element_is_hidden_by_any_around_it() -> None:
    """Until that one ends; what was left open ends with it."""
    assert seen("<div hidden><p>a<b>c</p>d</div>e") == "e"
    assert seen('<div><p style="display:none">a<i>b</div>c') == "c"
    assert seen("<p>a<p hidden>b</p>c</p>d</section>e") == "a c d e"
    assert seen("<td hidden>a<td>b</td>c</td>d") == "d"


def test_a_link_counts_when_something_in_it_can_be_clicked() -> None:
    """A word, or a picture that has one; not an empty one, nor a hidden one."""
    html = (
        '<a href="https://x/word">leave</a>'
        '<a href="https://x/picture"><img src="x.png" alt="leave"></a>'
        '<a href="https://x/none"><img src="x.png"></a>'
        '<a href="https://x/blank"> <b>\n</b></a>'
        '<a href="https://x/hidden" hidden>leave</a>'
        '<a href="https://x/hidden-picture"><img alt="leave" style="display:none"></a>'
        '<a>no link</a> after <p title="https://x/p">x</p>'
    )
    found = visible(html)
    assert found.links == {"https://x/word", "https://x/picture"}
    assert " ".join(found.text.split()) == "leave leave no link after x"


def test_a_link_ends_with_its_element_only() -> None:
    """What is inside it belongs to it; what is behind it does not."""
    assert visible('<a href="https://x/1"><b></b>word</a>').links == {"https://x/1"}
    assert visible('<a href="https://x/1"></a>word').links == set()
    assert visible('<a href="https://x/1?a=1&amp;b=2">a &amp; b').links == {"https://x/1?a=1&b=2"}
    assert visible("word").links == set()


def test_a_mail_that_breaks_off_is_read_to_its_end() -> None:
    """Letters that might begin something are text when nothing follows."""
    assert seen("<p>a &amp") == "a &"
    assert seen("") == ""
