"""PMIDs as services and spreadsheets write them."""

from __future__ import annotations

import pytest

from monitor.model.values.pmid import normal_pmid


@pytest.mark.parametrize("written", [24975855, 24975855.0, "24975855", " 24975855\n", "024975855", "24975855.0"])
def test_one_pmid_has_one_form(written: object) -> None:
    """So that records of several services with it are recognised."""
    assert normal_pmid(written) == "24975855"


@pytest.mark.parametrize(
    "written",
    [0, 0.0, "0", "000", "0.0", "", None, True, -5, 1.5, "1.5", "x", "\u00b2", float("nan"), "9" * 5000, 1e300, []],
)
def test_what_is_no_pmid_is_none(written: object) -> None:
    """Nought means unknown; no crash at what no PMID ever was."""
    assert normal_pmid(written) == ""
