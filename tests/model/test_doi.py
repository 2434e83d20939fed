"""DOIs as people, publishers and NLM write them."""

from __future__ import annotations

import pytest

from monitor.model.values.doi import normal_doi

SICI = "10.1002/(SICI)1097-0258(19970315)16:5<3::AID-SIM_4%3>3.0.CO;2-#"


@pytest.mark.parametrize(
    "written",
    [
        "10.1000/X.1", "DOI 10.1000/x.1", "doi:10.1000/x.1", "doi: 10.1000/x.1.", "DOI10.1000/x.1", "doi.10.1000/x.1",
        "DOI=10.1000/x.1", "DOI: https://doi.org/10.1000%2Fx.1", "https://doi.org/10.1000/x.1",
        "http://dx.doi.org/10.1000/x.1", "https://www.doi.org/10.1000/x.1", "www.doi.org/10.1000/x.1",
        "doi.org/10.1000/x.1", "https://doi.org/10.1000/x.1?utm_source=mail", "http://doi.org/doi:10.1000/x.1",
        "https://doi.org/ 10.1000/x.1", "info:doi/10.1000/x.1", "urn:doi:10.1000/x.1", "10.1000/x.1 [doi]",
        "<https://doi.org/10.1000/x.1>", "(10.1000/x.1)", "“10.1000/x.1”,", "10.1000/x.1 .", " 10.1000/x.1\n",
        "10.1000%2Fx.1", "10.1000/x%2E1",
    ],
)  # fmt: skip
def test_one_doi_has_one_form(written: str) -> None:
    """So that two records with it are recognised, and a link to it works."""
    assert normal_doi(written) == "10.1000/x.1"


@pytest.mark.parametrize(
    "written", [SICI, "10.1000/x(1)", "10.1016/s0140-6736(20)30183-5", "10.103/00006450-03000-0000"]
)
def test_an_odd_doi_stays_as_it_is(written: str) -> None:
    """Old ones hold brackets, angle brackets, semicolons."""
    assert normal_doi(written) == written.lower()


@pytest.mark.parametrize(
    "written", ["", "none", "S0140-6736(20)30183-5", "10.3129/can j ophthalmol.1", "https://example.org/10.1000/x.1"]
)
def test_what_is_no_doi_is_none(written: str) -> None:
    """A link made of it would lead nowhere."""
    assert normal_doi(written) == ""
