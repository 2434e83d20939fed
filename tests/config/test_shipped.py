"""What is shipped in config/ is complete, current, and finds the literature it is for."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

from monitor import config, resources
from monitor.config import reference
from monitor.demo.corpus import build, entries
from monitor.errors import ConfigError
from monitor.model import Frequency, PubMedSettings, SearchKind, Settings
from monitor.sandbox import Corpus, Server
from monitor.sources.pubmed import Client
from tests.config.files import shipped, written

ROOT = Path(__file__).parents[2]

#: Gathered as neighbours of the question: none of these names MS or CCSVI in title or summary.
NOT_ABOUT_MS = {
    "Bilateral jugular veins occlusion in mice: Clinical and histological findings",
    "Internal Jugular Vein Cross-Sectional Area Enlargement Is Associated with Aging in Healthy Individuals",
    "Neck and Brain Venous Lesions in Meniere's Disease",
    "Stenting for isolated internal jugular vein stenosis presenting as idiopathic intracranial hypertension",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped configuration with its three places filled in."""
    shutil.copy(resources.folder("config") / "subscribers.csv", tmp_path)
    return config.load(written(tmp_path, shipped()), {})


def test_as_shipped_it_asks_for_three_things_and_nothing_else() -> None:
    """Who opens it for the first time is told the three lines to fill in."""
    with pytest.raises(ConfigError) as caught:
        config.load(resources.folder("config") / "monitor.yaml", {})
    told = re.findall(r"line \d+ +(\S+): empty", str(caught.value))
    assert told == ["contact_email", "postal_address", "smtp.host"]


def test_with_three_values_filled_in_it_is_complete(settings: Settings) -> None:
    """Nothing else is needed, and nothing is remarked upon."""
    topic = settings.topics[0]
    assert (topic.key, topic.name) == ("ccsvi", "CCSVI in MS")
    assert topic.seed is not None
    assert topic.seed.doi == "10.1007/s11936-012-0168-7"
    assert topic.digest.frequency is Frequency.WEEKLY
    assert {trial.number: trial.status for trial in topic.known_trials} == {
        "NCT01089686": "terminated",
        "NCT01201707": "terminated",
        "NCT01555684": "withdrawn",
        "ACTRN12612000302853": "unknown",
    }
    assert config.read_subscribers(settings) == ()


def test_no_query_of_it_gets_a_remark(tmp_path: Path) -> None:
    """Every field tag is PubMed's, every operator upper case, every bracket closed."""
    assert config.read(written(tmp_path, shipped()), {}).warnings == ()


def test_similar_articles_are_off_and_citing_ones_on(settings: Settings) -> None:
    """The searches that run: three queries and the citations of the seed, every half day or day."""
    searches = settings.topics[0].searches
    assert [(one.name, one.kind) for one in searches] == [
        ("ccsvi", SearchKind.QUERY),
        ("venous-treatment", SearchKind.QUERY),
        ("venous-outflow", SearchKind.QUERY),
        ("citing-seed", SearchKind.CITING),
    ]
    assert {one.every for one in searches} == {timedelta(hours=12), timedelta(hours=24)}


def test_known_trials_agree_with_the_gathered_facts(settings: Settings, shared_data: Path) -> None:
    """Registry numbers, statuses and registration dates are those of the facts."""
    trials = json.loads((shared_data / "ccsvi" / "trials.json").read_text(encoding="utf-8"))["controlled_trials"]
    facts = {number: trial for trial in trials for number in trial["registry_ids"]}
    for known in settings.topics[0].known_trials:
        fact = facts[known.number]
        assert not fact["reports"]
        assert known.status == "unknown" or known.status in fact["status"]
        if "first_registered" in fact:  # where the facts have none, the file says that its day is from memory
            assert str(known.registered_on) == fact["first_registered"]
        assert known.sample_size == fact["n"]["actual"]


def test_the_first_line_names_the_schema_for_editors() -> None:
    """The schema is where that line says."""
    folder = resources.folder("config")
    first = (folder / "monitor.yaml").read_text(encoding="utf-8").splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=./")
    assert (folder / name).is_file()


def test_the_committed_schema_and_reference_are_current() -> None:
    """Made again from the models, they are the committed ones (`monitor config schema`, `monitor config docs`)."""
    assert (ROOT / "config" / "monitor.schema.json").read_text(encoding="utf-8") == reference.schema_text()
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == reference.docs_text()


def test_the_schema_accepts_what_is_shipped_and_refuses_a_misspelt_key() -> None:
    """An editor that follows YAML 1.2 says what Monitor says."""
    import jsonschema  # takes a second, which the workers that do not need it are spared

    schema = reference.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = yaml.load(shipped(), Loader=yaml.BaseLoader)  # noqa: S506  every value as text, like an editor of YAML 1.2
    for place in (document["topics"]["ccsvi"]["searches"][4], document["topics"]["ccsvi"]["answer"]):
        place.update({key: False for key in ("enabled", "requires_screening") if key in place})
    document["topics"]["ccsvi"]["digest"]["monthday"] = 1
    for trial in document["topics"]["ccsvi"]["known_trials"]:
        trial.update({"sample_size": int(trial["sample_size"])} if "sample_size" in trial else {})
    jsonschema.validate(document, schema)
    document["topics"]["ccsvi"]["evry"] = "12h"
    with pytest.raises(jsonschema.ValidationError, match="evry"):
        jsonschema.validate(document, schema)


def test_the_container_is_told_which_proxy_to_believe() -> None:
    """The address that the comment beside the port names is the gateway of the network, which the proxy comes from."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    (network,) = yaml.safe_load(text)["networks"]["default"]["ipam"]["config"]
    assert f"trusted_proxies: [{network['gateway']}]" in text
    assert ip_address(network["gateway"]) in ip_network(network["subnet"])


def test_every_key_is_explained_in_the_reference() -> None:
    """Each property of the schema has a row with a meaning."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| (.+) \|$", reference.docs_text(), flags=re.MULTILINE)
    explained = {name for name, meaning in rows if len(meaning) > 5}
    parts = [reference.schema(), *reference.schema()["$defs"].values()]
    assert {name for part in parts for name in part["properties"]} <= explained


def test_the_searches_find_the_literature_before_and_after_the_word(settings: Settings) -> None:
    """Asked of the demo corpus, the queries miss only what has nothing to do with MS in what its record says."""
    with Server(Corpus.from_xml(build()), datetime(2026, 11, 1, tzinfo=UTC)) as server:
        pubmed = Client(PubMedSettings("jane@example.org", base_url=server.url))
        found = [pubmed.search(one.query).pmids for one in settings.topics[0].searches if one.query]
    missed = {entry.title for entry in entries() if not any(entry.pmid in pmids for pmids in found)}
    assert missed == NOT_ABOUT_MS


#: By topic its literature, and what a search of title and abstract misses: a bare erratum, another disease.
LITERATURES = {
    "renal-denervation": ("renal-denervation", {"rdn-030", "rdn-048"}),
    "hcq-treatment": ("hydroxychloroquine-covid19", set()),
    "hcq-prevention": ("hydroxychloroquine-covid19", set()),
}


@pytest.mark.parametrize("key", sorted(config.shipped_topics()))
def test_the_searches_of_a_topic_that_ships_find_its_literature(key: str) -> None:
    """Asked of the topic's demo literature, the queries miss only what is not about the question."""
    literature, not_found = LITERATURES[key]
    with Server(Corpus.from_xml(build(literature)), datetime(2026, 11, 1, tzinfo=UTC)) as server:
        pubmed = Client(PubMedSettings("jane@example.org", base_url=server.url))
        searches = config.shipped_topics()[key].searches
        found = [pubmed.search(one.query).pmids for one in searches if one.query]
    missed = {entry.id for entry in entries(literature) if not any(entry.pmid in pmids for pmids in found)}
    assert missed == not_found


def test_a_topic_that_ships_is_off_until_the_configuration_names_it(tmp_path: Path) -> None:
    """`shipped_topics: [renal-denervation]` adds the topic as it ships, beside the operator's own."""
    own = [topic.key for topic in config.load(written(tmp_path, shipped()), {}).topics]
    both = config.load(written(tmp_path, "shipped_topics: [renal-denervation]\n" + shipped()), {}).topics
    assert own == ["ccsvi"]
    assert [topic.key for topic in both] == ["ccsvi", "renal-denervation"]
    assert both[1] == config.shipped_topics()["renal-denervation"]


def test_a_configuration_may_have_topics_that_ship_and_no_other(tmp_path: Path) -> None:
    """The operator who wants renal denervation alone deletes the whole `topics:` block."""
    text = "shipped_topics: [renal-denervation]\n" + shipped().partition("\ntopics:")[0] + "\n"
    assert [topic.key for topic in config.load(written(tmp_path, text), {}).topics] == ["renal-denervation"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "shipped_topics: [renal-denervacion]",
            ['no topic that ships is called "renal-denervacion"', "renal-denervation"],
        ),
        ("shipped_topics: [renal-denervation, renal-denervation]", ["the key of another topic"]),
        ("shipped_topics: renal-denervation", ["must be a list"]),
    ],
)
def test_a_mistake_in_the_topics_that_ship_is_told_with_its_line(line: str, words: list[str], tmp_path: Path) -> None:
    """An unknown name, one written twice, and a text in place of a list."""
    with pytest.raises(ConfigError) as failure:
        config.load(written(tmp_path, f"{line}\n{shipped()}"), {})
    told = str(failure.value)
    assert "line 1" in told
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize("name", sorted(path.name for path in (resources.folder("config") / "topics").glob("*.yaml")))
def test_every_topic_that_ships_is_a_valid_configuration(name: str, tmp_path: Path) -> None:
    """Pasted under `topics:` by hand, its text raises neither a mistake nor a warning."""
    text = (resources.folder("config") / "topics" / name).read_text("utf-8")
    reading = config.read(written(tmp_path, shipped().partition("\ntopics:")[0] + "\n" + text), {})
    assert (reading.problems, reading.warnings) == ((), ())
