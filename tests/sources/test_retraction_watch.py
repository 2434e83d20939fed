"""The list of Retraction Watch as it is really written: dates, zeros, floats, codes; and what is not that list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from monitor.errors import UpstreamError
from monitor.model import Nature, OutsideNotice, SourceName, SourceSettings
from monitor.model.outside.notice import standing
from monitor.ports import NoticesFound
from monitor.sources.retraction_watch import KEPT, RetractionWatch
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, serving
from tests.support.factories import DAY
from tests.support.ncbi_server import Time

HEADER = (
    "Record ID,Title,RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID,"
    "RetractionNature,Reason,\n"
)
WAKEFIELD = "10.1016/S0140-6736(97)11096-0"


def row(number: int = 1, on: str = "6/13/2020 0:00", nature: str = "Retraction", **fields: str) -> str:
    """One row; unknown is written as the list writes it."""
    known = {"doi": "10.1/A", "pmid": "0", "notice": "10.1/n", "notice_pmid": "0", "reason": "Error in Data;", **fields}
    return (
        f"{number},A title,{on},{known['notice']},{known['notice_pmid']},{known['doi']},{known['pmid']},"
        f"{nature},{known['reason']},\n"
    )


def listed(folder: Path, *rows: str, head: str = HEADER) -> Path:
    """A list of these rows."""
    file = folder / "retractions.csv"
    file.write_text(head + "".join(rows), encoding="utf-8")
    return file


def looked_up(file: Path, dois: Mapping[str, str], watermark: str = "") -> NoticesFound:
    """What the list has on these articles."""
    settings = SourceSettings(SourceName.RETRACTION_WATCH, str(file), DAY)
    return RetractionWatch(settings).notices(dois, watermark)


def one(file: Path, **dois: str) -> OutsideNotice:
    """The only notice about the article with the PMID 1."""
    (found,) = looked_up(file, {"1": dois.get("doi", "10.1/a")}).by_pmid["1"]
    return found


@pytest.fixture
def folder(shared_data: Path) -> Path:
    """The recorded lists."""
    return shared_data / "sources" / "crossref"


def test_the_recorded_rows_are_read_with_reasons_and_dates(folder: Path) -> None:
    """By a DOI in another case; correction and retraction of one article, each with its codes."""
    found = looked_up(folder / "retraction_watch_real_rows.csv", {"9500320": WAKEFIELD.lower()})
    correction, retraction = found.by_pmid["9500320"]
    assert (correction.nature, correction.on) == (Nature.CORRECTION, date(2004, 3, 6))
    assert (retraction.nature, retraction.on, retraction.pmid) == (Nature.RETRACTION, date(2010, 2, 6), "20137807")
    assert retraction.reason.startswith("Falsification/Fabrication of Data; Investigation by Company/Institution")
    assert not retraction.reason.endswith(";")
    assert retraction.told_by == "Retraction Watch"
    assert found.watermark.endswith("rows, 2021-10-28") or "rows, " in found.watermark


def test_an_article_without_a_doi_is_found_by_its_pmid(folder: Path) -> None:
    """And one whose DOI is known to be another is not, whatever PMID the list has."""
    file = folder / "retraction_watch_real_rows.csv"
    assert "9500320" in looked_up(file, {"9500320": ""}).by_pmid
    assert looked_up(file, {"9500320": "10.1000/another"}).by_pmid == {}


def test_a_reinstatement_takes_the_retraction_back(folder: Path) -> None:
    """The made rows: retracted in 2020, reinstated in 2022; unknown DOIs join nothing, unknown natures say nothing."""
    dois = {"1": "10.9999/reinstated-paper", "2": "", "3": "10.9999/unknown-nature-paper", "0": ""}
    found = looked_up(folder / "retraction_watch_made_rows.csv", {**dois, "4": "10.9999/blank-nature-paper"})
    assert list(found.by_pmid) == ["1"]
    assert {each.nature for each in found.by_pmid["1"]} == {Nature.RETRACTION, Nature.REINSTATEMENT}
    assert standing(found.by_pmid["1"]) == []
    assert "2 of them of a kind that is not known" in found.remark


def test_the_older_list_and_what_a_spreadsheet_made_of_it_are_read(folder: Path) -> None:
    """Codes with "+", PMIDs as floats, no 21st column."""
    found = looked_up(folder / "retraction_watch_2023_via_pandas.csv", {"36035816": ""})
    (retraction,) = found.by_pmid["36035816"]
    assert (retraction.pmid, retraction.on) == ("37476288", date(2023, 7, 12))
    assert "+" not in retraction.reason
    assert "Paper Mill" in retraction.reason


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ("6/5/2020 0:00", date(2020, 6, 5)),
        ("12/31/2019 0:00", date(2019, 12, 31)),
        ("0:00", None),
        ("", None),
        ("2020-06-05", date(2020, 6, 5)),
        ("2/30/2020 0:00", None),
    ],
)
def test_a_date_is_month_first_and_may_be_unknown(tmp_path: Path, written: str, on: date | None) -> None:
    """A retraction of unknown date is a retraction."""
    assert one(listed(tmp_path, row(on=written))).on == on


def test_dates_that_are_day_first_are_not_guessed(tmp_path: Path) -> None:
    """A list with the 13th month was written by something else."""
    with pytest.raises(UpstreamError, match="not written month first"):
        looked_up(listed(tmp_path, row(on="13/6/2020 0:00")), {"1": "10.1/a"})


@pytest.mark.parametrize("zero", ["0", "", "0.0", "Unavailable", "nan"])
def test_an_unknown_pmid_joins_nothing(tmp_path: Path, zero: str) -> None:
    """Otherwise every article without a number would be retracted."""
    file = listed(tmp_path, row(pmid=zero, doi="Unavailable"))
    assert looked_up(file, {"0": "", "1": "", "": ""}).by_pmid == {}


def test_sorted_by_date_and_not_by_row_a_later_retraction_counts_again() -> None:
    """Retracted, reinstated, retracted again; a correction after a retraction cancels nothing."""

    def notice(nature: Nature, year: int | None) -> OutsideNotice:
        on = date(year, 1, 1) if year else None
        return OutsideNotice(SourceName.RETRACTION_WATCH, f"{nature}{year}", nature, on=on)

    first, back, again = (
        notice(Nature.RETRACTION, 2019),
        notice(Nature.REINSTATEMENT, 2020),
        notice(Nature.RETRACTION, 2021),
    )
    assert standing([again, back, first]) == [again]
    assert standing([back, first]) == []
    assert standing([first, notice(Nature.CORRECTION, 2022)])[0] == first
    assert standing([notice(Nature.RETRACTION, None), back]) == []
    assert standing([first, notice(Nature.REINSTATEMENT, None)]) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the column OriginalPaperDOI is missing"),
        ("<html>moved</html>", "this is not its list"),
        (HEADER, "the list is empty"),
        (HEADER.replace("RetractionNature", "Nature") + row(), "the column RetractionNature is missing"),
    ],
)
def test_what_is_not_the_list_is_an_error_and_not_nothing(tmp_path: Path, text: str, told: str) -> None:
    """A page that says that it moved, an empty file, another column."""
    with pytest.raises(UpstreamError, match=told):
        looked_up(listed(tmp_path, head=text), {"1": "10.1/a"})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(UpstreamError, match=r"gone\.csv cannot be read: No such file"):
        looked_up(tmp_path / "gone.csv", {"1": ""})


def test_a_list_that_lost_many_rows_is_doubted(tmp_path: Path) -> None:
    """A copy that broke off; growing is what it does."""
    rows = [row(number) for number in range(50)]
    whole = looked_up(listed(tmp_path, *rows), {"1": "10.1/a"})
    assert looked_up(listed(tmp_path, *rows, row(51)), {"1": ""}, whole.watermark).doubt == ""
    broken = looked_up(listed(tmp_path, *rows[:40]), {"1": "10.1/a"}, whole.watermark)
    assert broken.doubt == "the list has 40 rows and had 50"


def test_a_row_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """The last line of a download that broke off."""
    found = looked_up(listed(tmp_path, row(), "2,A title,6/5/2020 0:00,10.1"), {"1": "10.1/a"})
    assert len(found.by_pmid["1"]) == 1


def test_a_downloaded_list_serves_all_topics_for_an_hour() -> None:
    """It has 70 MB; the answer may be cut once."""
    whole = (HEADER + row()).encode()
    passing = Time()
    with serving({"/": [Answer(whole, cut=20), Answer(whole)]}) as there:
        settings = there.settings(SourceName.RETRACTION_WATCH, location=f"{there.url}/retractionwatch?jane@example.org")
        service = WebService(settings, clock=passing.clock, sleep=passing.sleep)
        watch = RetractionWatch(settings, service, passing.clock)
        first = watch.notices({"1": "10.1/a"}, "")
        assert (first.requests, list(first.by_pmid)) == (2, ["1"])
        assert watch.notices({"2": "10.1/a"}, "").requests == 0
        passing.now += KEPT + 1
        assert watch.notices({"2": "10.1/a"}, "").requests == 1


def test_one_date_written_day_first_does_not_silence_the_list(tmp_path: Path) -> None:
    """A slip in somebody else's row; when many are so, the list is not believed."""
    slip = row(99, on="25/12/2020", doi="10.9/other")
    assert one(listed(tmp_path, *[row(1)], *[row(2, doi="10.9/x")] * 30, slip)).on == date(2020, 6, 13)
    with pytest.raises(UpstreamError, match="not written month first"):
        looked_up(listed(tmp_path, row(1), *[slip] * 10), {"1": "10.1/a"})


def test_a_row_that_stands_twice_is_one_notice_and_two_rows_of_one_number_are_two(tmp_path: Path) -> None:
    """Each in its own place, so that neither overwrites the other."""
    again = row(1, "6/14/2021 0:00", "Reinstatement")
    found = looked_up(listed(tmp_path, row(1), again, row(1), again), {"1": "10.1/a"}).by_pmid["1"]
    assert [each.nature for each in found] == [Nature.RETRACTION, Nature.REINSTATEMENT]
    assert len({each.key for each in found}) == 2


def test_names_of_columns_with_blanks_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    """As spreadsheets write them; no date at all is told as none."""
    file = listed(tmp_path, row(on="0:00", doi="Unavailable", pmid="1.0"), head="\ufeff" + HEADER.replace(",", ", "))
    found = looked_up(file, {"1": ""})
    assert [each.on for each in found.by_pmid["1"]] == [None]
    assert found.remark == "1 rows."
