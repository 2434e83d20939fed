"""The operator's catalogues: what is wrong is refused with file and line before anyone is mailed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor import config
from monitor.language import reading, template
from monitor.language.speech import decimal, gettext, listed, ngettext, pgettext, speaking
from monitor.model import Catalogue
from monitor.service.reload import checks
from tests.config.files import SMALL
from tests.support import pseudo_language

HEAD = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


def catalogue_of(folder: Path, *messages: str, head: str = HEAD) -> tuple[Catalogue, list[reading.Mistake]]:
    """The catalogue with these messages, read from a file."""
    path = folder / "monitor.po"
    path.write_text("\n".join([head, *messages]), encoding="utf-8")
    return reading.read(path, "de")


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ('msgid "Since %(day)s."\nmsgstr "Seit %(tag)s."', "%(tag)s is not in the English message."),
        ('msgid "Since %(day)s."\nmsgstr "Seit langem."', "%(day)s is missing."),
        ('msgid "Since %(day)s."\nmsgstr "Seit %(day)s zu 100 %."', "a lone percent sign; write %%."),
        (
            'msgid "%(number)s day"\nmsgid_plural "%(number)s days"\nmsgstr[0] "%(number)s Tag"',
            "1 plural forms, but Plural-Forms says 2.",
        ),
        ('msgid "Save"\nmsgstr "<script>Speichern"', "the markup <script> is not in the English message."),
        ('msgid "<b>Save</b>"\nmsgstr "Speichern"', "the markup </b> is missing."),
    ],
)
def test_a_translation_that_cannot_be_said_is_a_mistake(tmp_path: Path, message: str, sentence: str) -> None:
    """With the line on which its message begins."""
    _, mistakes = catalogue_of(tmp_path, 'msgid "Topics"\nmsgstr "Themen"', "", message)
    assert sentence in [mistake.text for mistake in mistakes]
    assert {mistake.line for mistake in mistakes} == {9}


def test_the_form_for_one_has_only_what_one_thing_has(tmp_path: Path) -> None:
    """Names are listed only of several trials: a form for one that asks for them could not be said."""
    one = "%(trials)s has reported, and the direction of its result is not certain."
    many = "%(trials)s have reported (%(names)s), and the direction of their results is not certain."
    form = "%(trials)s: %(names)s"
    message = f'msgctxt "answer"\nmsgid "{one}"\nmsgid_plural "{many}"\nmsgstr[0] "{form}"\nmsgstr[1] "{form}"'
    _, mistakes = catalogue_of(tmp_path, message)
    assert [mistake.text for mistake in mistakes] == ["%(names)s is not in the English message."]


def test_a_plural_form_may_say_its_number_in_its_own_way(tmp_path: Path) -> None:
    """In many languages "one" is no numeral beside its noun."""
    message = 'msgid "%(number)s day"\nmsgid_plural "%(number)s days"\nmsgstr[0] "ein Tag"\nmsgstr[1] "%(number)s Tage"'
    found, mistakes = catalogue_of(tmp_path, message)
    assert mistakes == []
    with speaking(found):
        assert [ngettext("%(number)s day", "%(number)s days", n) for n in (1, 1234)] == ["ein Tag", "1.234 Tage"]


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (HEAD.replace("nplurals=2", "nplurals=1"), 1),
        (HEAD.replace("(n != 1)", "(n !! 1)"), 1),
        (HEAD.replace("nplurals=2", "nplurals=many"), 1),
        (HEAD + '\nmsgid "Save"\nmsgstr "Speichern\n', 7),
        (HEAD + '\nmsgid "Save"\nmsgstr[x] "Speichern"\n', 7),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, head: str, line: int) -> None:
    """Also one whose rule for plurals would fail on some number only when it is used."""
    _, mistakes = catalogue_of(tmp_path, head=head)
    assert [abs(mistake.line - line) <= 1 for mistake in mistakes] == [True]


def test_bytes_that_are_not_text_are_refused_with_their_line(tmp_path: Path) -> None:
    """A file saved in an old encoding."""
    path = tmp_path / "monitor.po"
    path.write_bytes(HEAD.encode() + b'\nmsgid "Save"\nmsgstr "S\xe4ve"\n')
    _, mistakes = reading.read(path, "de")
    assert [mistake.text for mistake in mistakes] == ["not UTF-8 text."]


@pytest.mark.parametrize("change", [lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.replace(b"\n", b"\r\n")])
def test_a_file_as_other_systems_write_it_is_read(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """With a byte order mark, or with line ends of its own; and with a rare sign that is no line end."""
    path = tmp_path / "monitor.po"
    path.write_bytes(change(f'{HEAD}\nmsgid "Topics"\nmsgstr "The\u2028men"\n'.encode()))
    found, mistakes = reading.read(path, "de")
    assert mistakes == []
    assert found.find("Topics") == "The\u2028men"


def test_what_is_missing_empty_or_fuzzy_is_said_in_english(tmp_path: Path) -> None:
    """A half-finished catalogue can be used."""
    found, mistakes = catalogue_of(
        tmp_path,
        'msgid "Topics"\nmsgstr "Themen"\n',
        '#, fuzzy\nmsgid "Save"\nmsgstr "Sichern"\n',
        'msgid "Open"\nmsgstr ""\n',
        'msgctxt "control"\nmsgid "none"\nmsgstr "keine"\n',
    )
    assert mistakes == []
    with speaking(found):
        assert [gettext(text) for text in ("Topics", "Save", "Open", "none")] == ["Themen", "Save", "Open", "none"]
        assert pgettext("control", "none") == "keine"
        assert ngettext("%(number)s day", "%(number)s days", 3) == "3 days"
        assert (decimal(1234), listed(["a", "b", "c"])) == ("1.234", "a, b und c")
    assert gettext("Topics") == "Topics"


def test_the_pseudo_language_is_a_valid_catalogue_with_three_plural_forms(tmp_path: Path) -> None:
    """As read from a file; each form is used for its numbers."""
    found, mistakes = reading.read(pseudo_language.write(tmp_path), pseudo_language.TAG)
    assert mistakes == []
    assert len(found.forms) == len(pseudo_language.catalogue().forms) > 400
    with speaking(found):
        said = [ngettext("%(number)s day", "%(number)s days", number) for number in (1, 3, 7)]
    assert [one.strip("]")[-1] for one in said] == list(pseudo_language.MARKS)


# --- the configuration -------------------------------------------------------------------------------


def configured(folder: Path, *lines: str) -> config.ConfigResult:
    """The configuration with these lines added."""
    path = folder / "monitor.yaml"
    path.write_text("\n".join([*lines, SMALL]), encoding="utf-8")
    return config.read(path, {"MONITOR_SECRET_KEY": "a-key-of-the-tests-0123456789-0123"})


def test_a_language_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    """With where it should be, and what to do."""
    (problem,) = configured(tmp_path, "language: de").problems
    assert (problem.line, problem.path) == (1, "language")
    assert f"{tmp_path}/translations/de/LC_MESSAGES/monitor.po cannot be read" in problem.text


def test_mistakes_of_a_catalogue_are_problems_of_the_configuration(tmp_path: Path) -> None:
    """With file and line."""
    path = reading.path_of(tmp_path / "words", "pt-BR")
    path.parent.mkdir(parents=True)
    path.write_text(f'{HEAD}\nmsgid "Since %(day)s."\nmsgstr "Desde %(dia)s."\n', encoding="utf-8")
    found = configured(tmp_path, "translations: words", "language: pt-BR").problems
    assert [problem.text for problem in found] == [
        f"{path}, line 6: %(dia)s is not in the English message.",
        f"{path}, line 6: %(day)s is missing.",
    ]
    assert "pt_BR" in str(path)


def test_a_good_catalogue_is_part_of_the_settings(tmp_path: Path) -> None:
    """For the service, and for the topic that names it; English needs none."""
    pseudo_language.write(tmp_path / "translations")
    english = configured(tmp_path).settings
    assert english
    assert (english.catalogue().language, english.catalogues) == ("en", {})
    settings = configured(tmp_path, f"language: {pseudo_language.TAG}").settings
    assert settings
    assert settings.catalogue().find("Topics") == settings.catalogue("no-such-topic").find("Topics") == "[Töpîçš~~]"


@pytest.mark.parametrize("tag", ["../../etc", "de/..", "German", "d", "de_DE"])
def test_what_is_no_language_tag_is_refused(tmp_path: Path, tag: str) -> None:
    """It names a folder."""
    (problem,) = configured(tmp_path, f"language: {tag}").problems
    assert "is no language tag" in problem.text


# --- what translators get ----------------------------------------------------------------------------


def test_every_message_of_the_code_is_in_the_template() -> None:
    """From templates, calls, constants and declared sentences."""
    found = {(message.context or "", message.id) for message in template.template() if isinstance(message.id, str)}
    assert ("", "Skip to content") in found
    assert ("", "PubMed cannot be reached at the moment") in found
    assert ("design", "randomized trial") in found
    assert ("answer", "%(trials)s: neither shows benefit.") in found
    assert ("rank of a trial", "another") in found


def test_check_says_what_a_catalogue_lacks(tmp_path: Path) -> None:
    """Missing, fuzzy, unused, and mistakes."""
    path = tmp_path / "monitor.po"
    messages = [
        HEAD,
        'msgid "Topics"\nmsgstr "Themen"\n',
        '#, fuzzy\nmsgid "Save"\nmsgstr "Sichern"\n',
        'msgid "Since %(day)s."\nmsgstr "Seit %(tag)s."\n',
        'msgid "Long gone"\nmsgstr "Dahin"\n',
    ]
    path.write_text("\n".join(messages), encoding="utf-8")
    found = template.coverage(path, "de")
    assert (found.fuzzy, found.unused) == (("Save",), ("Long gone",))
    assert [mistake.text for mistake in found.mistakes] == [
        "%(tag)s is not in the English message.",
        "%(day)s is missing.",
    ]
    assert len(found.missing) == found.total - 3
    assert "Topics" not in found.missing


def test_a_running_service_takes_a_catalogue_that_was_corrected(tmp_path: Path) -> None:
    """Its file is looked at, as the configuration is, and another content of it is another configuration."""
    path = tmp_path / "monitor.yaml"
    path.write_text(f"{SMALL}\nlanguage: de\n", encoding="utf-8")
    catalogue = pseudo_language.write(tmp_path / "translations", "de")
    before = config.load(path, {})
    assert catalogue in config.files(path, {}, before)
    contents = checks.digest_of_files(before)
    assert checks.digest_of_files(config.load(path, {})) == contents
    catalogue.write_text(f'{HEAD}\nmsgid "Topics"\nmsgstr "Themen"\n', encoding="utf-8")
    after = config.load(path, {})
    assert after.catalogue().find("Topics") == "Themen"
    assert checks.digest_of_files(after) != contents
