"""A trial's main report that also tells its costs or its conduct is its main report."""

from __future__ import annotations

import pytest

from tests.evidence.test_abbreviations import PELVIC, said

ALLOCATED = "Methods: 240 women with urinary incontinence were randomised to pelvic floor training or usual care."
RESULT = "Results: Leaks did not differ between groups (p = 0.44)."
COSTS = "Results: Costs were £120 higher (95% CI 80 to 160) and QALYs did not differ."
MAIN, SECONDARY = "One randomised usual-care-controlled trial (240 people)", "known by its secondary reports alone"


@pytest.mark.parametrize(
    "title",
    [
        "Clinical and cost-effectiveness of {}: a pragmatic randomised controlled trial",
        "Clinical effectiveness and cost-effectiveness of {}: randomised trial",
        "The effectiveness and cost-effectiveness of {}: a randomised trial",
        "Efficacy, safety and cost-effectiveness of {}: a randomised trial",
        "Cost-effectiveness and clinical effectiveness of {}: a randomised trial",
        "Effects and costs of {}: a randomised trial",
        "{}: a randomised controlled trial and economic evaluation",
        "{}: a randomised controlled trial with embedded process evaluation",
        "{}: randomised trial with process and economic evaluation",
        "{}: a randomised trial (LEAK), with an economic evaluation and a nested process evaluation",
        "{}: randomised controlled trial, process evaluation and cost-effectiveness analysis",
        "Is {} clinically and cost-effective? A randomised trial",
    ],
)
def test_a_trial_that_also_counts_costs_or_looks_at_its_conduct_is_counted(title: str) -> None:
    """The standard title of a health technology assessment."""
    name = "pelvic floor training for urinary incontinence"
    assert said(PELVIC, title.format(name), f"{ALLOCATED} {RESULT} Costs were similar.").startswith(MAIN)


@pytest.mark.parametrize(
    ("title", "result"),
    [
        ("Clinical and cost-effectiveness of {}: a randomised trial", COSTS),
        ("Cost-effectiveness of {}: economic evaluation alongside a randomised trial", RESULT),
        ("Process evaluation of {} within a randomised trial", RESULT),
        ("Effectiveness and cost-effectiveness of {}: secondary analysis of a randomised trial", RESULT),
        ("Health outcomes and costs of {}: an economic evaluation in a randomised trial", RESULT),
    ],
)
def test_a_report_of_costs_or_conduct_alone_is_a_secondary_one(title: str, result: str) -> None:
    """The title says so, or nothing else is compared."""
    name = "pelvic floor training for urinary incontinence"
    assert said(PELVIC, title.format(name), f"{ALLOCATED} {result}").endswith(f"{SECONDARY}.")
