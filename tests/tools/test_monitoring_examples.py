"""The Grafana dashboard and the alert rules ask for metrics that exist, with labels and values that they have."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
import yaml

from tests.support.site import RunningSite
from tests.web.test_metrics import in_full, name_of
from tools.house_picture import ROOT

EXAMPLES = ROOT / "docs" / "examples"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((EXAMPLES / "alert-rules.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((EXAMPLES / "grafana-dashboard.json").read_text("utf-8"))


def metrics(site: RunningSite) -> dict[str, dict[str, set[str]]]:
    """The values of each label of each metric, and of the one that Prometheus itself makes for each target."""
    found: dict[str, dict[str, set[str]]] = {"up": {"job": {"monitor"}}}
    for family in in_full(site):
        labels: dict[str, set[str]] = {}
        for sample in family.samples:
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
        found[name_of(family)] = labels
    return found


def selectors(expression: Any) -> Iterator[Any]:
    """Every selector of a PromQL expression, depth first."""
    if isinstance(expression, promql.VectorSelector):
        yield expression
    parts = (getattr(expression, name, None) for name in ("expr", "lhs", "rhs", "vector_selector"))
    for part in (*parts, *(getattr(expression, "args", None) or ())):
        if part is not None:
            yield from selectors(part)


def queries() -> dict[str, str]:
    """Every query of both files by the name of its rule or panel."""
    found = {rule["alert"]: rule["expr"] for rule in RULES}
    for panel in DASHBOARD["panels"]:
        found |= {f"{panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return found


def test_every_query_asks_for_what_there_is(filled_site: RunningSite) -> None:
    """By a parser of PromQL: each name, each label, each value that a label is compared with; and nothing is unused."""
    there = metrics(filled_site)
    asked: set[str] = set()
    for name, query in queries().items():
        for selector in selectors(promql.parse(query)):
            assert selector.name in there, (name, selector.name)
            asked.add(selector.name)
            for matcher in selector.matchers.matchers:
                assert matcher.value in there[selector.name][matcher.name], (name, str(selector))
        for label in re.findall(r"by \(([^)]*)\)", query):
            known = {one for selector in selectors(promql.parse(query)) for one in there[selector.name]}
            assert set(label.split(", ")) <= known, (name, label)
    assert there.keys() - asked == {"monitor_deliveries", "monitor_search_failures_in_row"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_complete_and_leads_to_what_to_do(rule: dict[str, Any]) -> None:
    """The keys that Prometheus knows, a severity, and a section of a document that exists."""
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Monitor[A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[mhd]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"].endswith(".")
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^## (.+)$", (ROOT / document).read_text("utf-8"), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_a_label_in_a_sentence_is_one_of_its_query(filled_site: RunningSite) -> None:
    """`{{ $labels.topic }}` would be empty otherwise, and so would a legend."""
    labels = metrics(filled_site)
    sentences = {rule["alert"]: (rule["expr"], str(rule["annotations"])) for rule in RULES}
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            sentences[f"{panel['title']} {target['refId']}"] = (target["expr"], target["legendFormat"])
    for name, (query, sentence) in sentences.items():
        used = set(re.findall(r"\{\{ *(?:\$labels\.)?(\w+) *\}\}", sentence))
        known = set().union(*(labels[selector.name] for selector in selectors(promql.parse(query))))
        assert used <= known, name


def test_the_dashboard_can_be_imported_anywhere_and_its_panels_do_not_overlap() -> None:
    """The data source is chosen at import; ids are unique; the grid has 24 columns."""
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource"]
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in itertools.combinations(places, 2):
        is_beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        is_above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert is_beside or is_above, (one, other)
