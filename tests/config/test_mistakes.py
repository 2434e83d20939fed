"""Every mistake in a configuration is told at once, with its line, what is wrong and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.config.yaml_lines import read as read_yaml
from monitor.errors import ConfigError
from tests.config.files import SMALL, shipped, written


def explained(folder: Path, text: str, environ: dict[str, str] | None = None) -> str:
    """What an operator is shown for `text`."""
    with pytest.raises(ConfigError) as caught:
        config.load(written(folder, text), environ or {})
    return str(caught.value).replace(str(folder), "config")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """A bad address, an empty query and a misspelt key: three lines, with the place of each."""
    text = SMALL.replace("jane@example.org", "nope").replace("query: CCSVI[tiab]", "query:")
    text = text.replace("    name: CCSVI in MS\n", "    name: CCSVI in MS\n    evry: 12h\n")
    assert explained(tmp_path, text).splitlines() == [
        "config/monitor.yaml has 3 problems:",
        '  line 1   contact_email: "nope" is not an email address. An email address must have an @-sign. '
        "Write yours, such as jane@example.org. NCBI asks for one so it can warn you before blocking you.",
        '  line 8   topics.ccsvi.evry: unknown key. Did you mean "every"?',
        "  line 15  topics.ccsvi.searches[0].query: empty. Paste the query exactly as you would type it in PubMed.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("jane@example.org", "", "line 1  contact_email: empty."),
        ("jane@example.org", "[a, b]", "line 1  contact_email: must be one value"),
        ("host: mail.example.org", "host:", "line 4  smtp.host: empty. The host name of the mail server."),
        ("host: mail.example.org", "host: h\n  prot: 25", 'line 5  smtp.prot: unknown key. Did you mean "port"?'),
        ("host: mail.example.org", "host: h\n  port: on", 'line 5  smtp.port: "on" must be a whole number.'),
        ("host: mail.example.org", "host: h\n  port: 70000", 'line 5  smtp.port: "70000" is out of range'),
        ("host: mail.example.org", "host: h\n  timeout: .inf", "line 5  smtp.timeout"),
        ("host: mail.example.org", "host: h\n  sender: w @example.org", '"w @example.org" is not a sender.'),
        ("host: mail.example.org", "host: h\n  encryption: startls", 'Did you mean "starttls"?'),
        ("host: mail.example.org", "host: h\n  encryption: none\n  username: a", "would send the password in clear"),
        ("smtp:\n  host: mail.example.org", "smtp: mail.example.org", "line 3  smtp: "),
        ("    name: CCSVI in MS", "    name: CCSVI in MS\n    every: 12", 'topics.ccsvi.every: "12" has no unit.'),
        ("    name: CCSVI in MS", "    name: CCSVI in MS\n    every: 1m", "out of range. Between 15m"),
        ("    name: CCSVI in MS", "    name: CCSVI in MS\n    every: soon", "is not a duration. Write 30m"),
        ("    name: CCSVI in MS", "    name: C\n    frequency: weekly", "It belongs under topics.<topic>.digest."),
        ("    name: CCSVI in MS", "    name: C\n    digest: {at: 7}", '"7" is not a time of day. Write it as 07:00'),
        ("    name: CCSVI in MS", "    name: C\n    digest: {at: 25:00}", '"25:00" is not a time of day.'),
        ("    name: CCSVI in MS", "    name: C\n    digest: {weekday: 0}", '"0" is not a weekday.'),
        ("    name: CCSVI in MS", "    name: C\n    digest: {weekday: mondy}", 'Did you mean "monday"?'),
        ("    name: CCSVI in MS", "    name: C\n    digest: {timezone: Europe/Roma}", 'Did you mean "Europe/Rome"?'),
        ("    name: CCSVI in MS", "    name: C\n    digest: {frequency: at-once}", 'Did you mean "at_once"?'),
        ("    name: CCSVI in MS", "    name: C\n    answer: {requires_screening: maybe}", "must be true or false"),
        ("    name: CCSVI in MS", "    name: C\n    seed: {doi: 11.2/x}", '"11.2/x" is not a DOI.'),
        ("    name: CCSVI in MS", "    name: C\n    seed: {pmid: PMC123}", '"PMC123" is not a PMID.'),
        ("    name: CCSVI in MS", "    name: C\n    seed: {claim: x}", "topics.ccsvi.seed: needs a doi or a pmid."),
        ("    name: CCSVI in MS", "    name: C\n    known_trials: [{number: N, registered_on: May}]", "is not a day."),
        ("      - name: ccsvi", "      - name: My Search", '"My Search" is not a name.'),
        ("        query: CCSVI[tiab]", "        kind: citing", "citing needs a seed."),
        ("        query: CCSVI[tiab]", "        query: (a OR b", "1 opening ( without a closing )."),
        ("        query: CCSVI[tiab]", "        query: a) OR b", "1 closing ) without an opening (."),
        ("        query: CCSVI[tiab]", "        query: '\"a b OR c'", 'a quotation mark (") is never closed.'),
        ("        query: CCSVI[tiab]", "        query: a[tiab OR b", "a field tag is incomplete"),
        ("        query: CCSVI[tiab]", "        query: a AND OR b", "has nothing in front of it to combine."),
        ("        query: CCSVI[tiab]", "        query: a AND", "AND has nothing after it to combine."),
        (
            "        query: CCSVI[tiab]",
            "        query: a\n      - name: ccsvi\n        query: b",
            "an earlier search too",
        ),
        ("  ccsvi:", "  My Topic:", '"My Topic" is not a name.'),
        ("topics:", "bounces: {every: 5m}\ntopics:", "line 5  bounces: names no mailbox. Write one of the two"),
        (
            "topics:",
            "bounces: {maildir: a, imap: {host: h, username: u}}\ntopics:",
            "has a maildir and an imap. Keep one",
        ),
        ("topics:", "bounces: {maildir: a, every: 10s}\ntopics:", '"10s" is not a duration.'),
        ("topics:", "bounces: {maildir: a, every: 2d}\ntopics:", "out of range. Between 1m and 1d"),
        ("topics:", "bounces: {imap: {host: h}}\ntopics:", "bounces.imap.username: missing. The login. For example"),
        ("topics:", "bounces:\n  imap: {encryption: none}\ntopics:", "would send the password in clear. Write tls or"),
        (
            "topics:",
            "bounces: {imap: {password: x}}\ntopics:",
            "set MONITOR_IMAP_PASSWORD or MONITOR_IMAP_PASSWORD_FILE.",
        ),
        ("topics:", "web: {operator_user_header: 'X User'}\ntopics:", '"X User" is not the name of a header.'),
        ("topics:", "web: {operator_user_header: cookie}\ntopics:", '"cookie" comes without any login.'),
        ("topics:", "web: {trusted_proxies: [proxy]}\ntopics:", '"proxy" is not an address or a network. Write one'),
        (
            "topics:",
            "web: {trusted_proxies: [10.0.0.1/8]}\ntopics:",
            "has bits set after the network prefix. Write 10.0.0.0/8",
        ),
        ("topics:", "web: {trusted_proxies: ['*']}\ntopics:", '"*" would trust every visitor.'),
        ("topics:", "web:\n  trusted_proxies:\n    - 10.0.0.1\n    - ::/0\ntopics:", "line 8  web.trusted_proxies[1]"),
        ("topics:", "web: {trusted_proxies: 10.0.0.1}\ntopics:", "web.trusted_proxies: "),
        ("topics:", "topics:\n  ccsvi: {}", "written twice (also on line 6)"),
        ("topics:", "topic:", 'line 5  topic: unknown key. Did you mean "topics"?'),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(tmp_path: Path, old: str, new: str, told: str) -> None:
    """One wrong value in a good file: one sentence an operator can act on."""
    assert old in SMALL
    assert told in explained(tmp_path, SMALL.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1  empty. It must be keys and values"),
        ("just words", "line 1  must be keys and values"),
        ("smtp:\n\thost: x\n", "line 2  a tab. YAML indents with spaces only"),
        ("a: b: c\n", "line 1  a second colon on one line"),
        ("a: 'never closed\nb: c\n", "line 1  a quotation mark that is never closed."),
        ("a: &x [*x]\n", "repeats itself without end"),
        ("a: !!python/object:os.system x\n", "is a YAML tag; write the value without it."),
        ('a: "\\UFFFFFFFF"\n', "names a character that does not exist"),
        ("a: 1\n---\nb: 2\n", "line 2  not readable as YAML here"),
        ("? [a]\n: b\n", "a key must be one word"),
        ("[" * 5000, "nested too deeply"),
        ("a: \x07\n", "a character that YAML does not allow"),
    ],
)
def test_broken_yaml_is_explained(tmp_path: Path, text: str, told: str) -> None:
    """What is not even YAML gets a line and a reason too."""
    assert told in explained(tmp_path, text)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    """A Latin-1 umlaut on the second line."""
    path = tmp_path / "monitor.yaml"
    path.write_bytes(b"contact_email: a@b.org\npostal_address: M\xfcnchen\n")
    with pytest.raises(ConfigError, match="line 2  not UTF-8 text"):
        config.load(path, {})


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    """The first thing a new operator may see."""
    with pytest.raises(ConfigError, match="monitor config example"):
        config.load(tmp_path / "absent.yaml", {})


@pytest.mark.parametrize("key", ["password", "Password", "pasword", "api_key", "secret_key"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    """The sentence names the variable to use; the secret itself is never shown."""
    told = explained(tmp_path, SMALL.replace("  host:", f"  {key}: hunter2hunter2\n  host:"))
    assert "a secret does not belong in this file" in told
    assert "hunter2" not in told


def test_a_database_url_with_a_password_is_a_secret_too(tmp_path: Path) -> None:
    """It belongs in MONITOR_DATABASE_URL, and is not shown."""
    told = explained(tmp_path, "database_url: postgresql://monitor:hunter2@db/monitor\n" + SMALL)
    assert "MONITOR_DATABASE_URL" in told
    assert "hunter2" not in told


def test_values_that_yaml_would_twist_mean_what_was_typed(tmp_path: Path) -> None:
    """`no` is a word, 07:00 is a time, a PMID may be a bare number, `yes` is true where a truth belongs."""
    text = SMALL.replace("name: CCSVI in MS", "name: no\n    digest: {at: 07:00}\n    seed: {pmid: 24975855}")
    text = text.replace("    searches:", "    answer: {requires_screening: yes}\n    searches:")
    topic = config.load(written(tmp_path, text), {}).topics[0]
    assert (topic.name, f"{topic.digest.at}", topic.requires_screening) == ("no", "07:00:00", True)
    assert topic.seed is not None
    assert topic.seed.pmid == "24975855"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("CCSVI[tab]", '"[tab]" is not a field tag of PubMed'),
        ("a[tiab] and b[tiab]", '"and" is a word here. Write AND'),
    ],
)
def test_what_pubmed_would_silently_read_otherwise_is_a_warning(tmp_path: Path, query: str, told: str) -> None:
    """PubMed accepts such a query and searches something else: it loads, and the line is named."""
    reading = config.read(written(tmp_path, SMALL.replace("CCSVI[tiab]", query)), {})
    assert reading.settings is not None
    assert [(warning.line, told in str(warning)) for warning in reading.warnings] == [(14, True)]


@pytest.mark.parametrize(
    "query", ['"a and b"[tiab] NOT c[mh:noexp]', '"a b"[tiab:~3]', "2009/01/01:3000[crdt]", "a AND NOT b"]
)
def test_good_queries_get_no_remark(tmp_path: Path, query: str) -> None:
    """Phrases, proximity, ranges and unexploded headings are all PubMed's syntax."""
    text = SMALL.replace("query: CCSVI[tiab]", f"query: '{query}'")
    assert config.read(written(tmp_path, text), {}).warnings == ()


def test_topics_can_be_read_before_the_mail_server_is_known(tmp_path: Path) -> None:
    """Judging a file needs the question, not an SMTP host; a mistake in the topic is still told."""
    text = SMALL.replace("host: mail.example.org", "host:")
    assert [topic.key for topic in config.load_topics(written(tmp_path, text))] == ["ccsvi"]
    with pytest.raises(ConfigError, match=r"topics.ccsvi.searches\[0\].query"):
        config.load_topics(written(tmp_path, text.replace("CCSVI[tiab]", "")))


@given(st.text())
@example("a: *b")
@example("%YAML 9.9\n---\n")
@example("topics: {a: {searches: [[]], question: {population: []}}}")
@settings(max_examples=200, deadline=None)
def test_any_text_is_either_settings_or_an_explanation(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """No text, however wild, gives a traceback."""
    path = tmp_path_factory.getbasetemp() / "wild.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(ConfigError):
        config.load(path, {})


yaml_like = st.recursive(
    st.sampled_from(
        ["x", "", "12", "yes", "[a", "{}", "07:00", "10.1/x", "'", '"', "&a", "*a", "!!int 3", "- -", "a: b", "\u202e"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(st.sampled_from(["name", "query", "seed", "digest", "every"]), inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.integers(0, 200), yaml_like)
@settings(max_examples=200, deadline=None)
def test_any_value_in_place_of_a_good_one_gives_no_traceback(
    tmp_path_factory: pytest.TempPathFactory, number: int, value: str
) -> None:
    """Each value of the shipped file, replaced by something wild."""
    lines = shipped().splitlines()
    places = [index for index, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    place = places[number % len(places)]
    lines[place] = f"{lines[place].partition(':')[0]}: {value}"
    path = tmp_path_factory.getbasetemp() / "changed.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    reading = config.read(path, {})
    assert (reading.settings is None) == bool(reading.problems)
    assert all(problem.line > 0 for problem in reading.problems)


@given(st.text(alphabet=st.sampled_from(list('()"[]ab AND OR NOT:tiab\n~*'))))
def test_any_query_can_be_examined(query: str) -> None:
    """The reader of queries survives every mixture of brackets, quotes and operators."""
    assert read_yaml(query) is not None


@pytest.mark.parametrize(
    ("public_url", "is_remarked"),
    [
        ("http://monitor.example.org", True),
        ("http://192.0.2.7:8321", True),
        ("http://localhost.example.org", True),
        ("https://monitor.example.org", False),
        ("http://localhost:8321/monitor", False),
        ("http://monitor.localhost", False),
        ("http://127.0.0.1:8321", False),
        ("http://[::1]:8321", False),
    ],
)
def test_pages_without_tls_are_remarked_upon(tmp_path: Path, public_url: str, is_remarked: bool) -> None:
    """Mail programs show no button to unsubscribe for them; on the machine itself that is nobody's loss."""
    reading = config.read(written(tmp_path, f"{SMALL}web:\n  public_url: {public_url}\n"), {})
    assert reading.settings is not None
    assert [(one.line, one.path) for one in reading.warnings] == [(16, "web.public_url")] * is_remarked
    assert all("Write https://" in one.text for one in reading.warnings)


def test_proxies_are_kept_as_written(tmp_path: Path) -> None:
    """Addresses and networks of either kind; without the key, this machine."""
    named = ("172.30.83.1", "10.0.0.0/8", "2001:db8::/32")
    text = f"{SMALL}web:\n  trusted_proxies:\n" + "".join(f"    - {one}\n" for one in named)
    assert config.load(written(tmp_path, text), {}).web.trusted_proxies == named
    assert config.load(written(tmp_path, SMALL), {}).web.trusted_proxies == ("127.0.0.1", "::1")
