"""Exports of the WHO's ICTRP: XML and CSV say the same, and an export that contradicts itself is doubted."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor.errors import UpstreamError
from monitor.model import RegistryAnswer, RegistryQuestion, RegistryStatus, SourceName, SourceSettings
from monitor.sources.registries.ictrp import Ictrp
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, serving
from tests.support.shared_data import shared_data

TODAY = date(2020, 4, 8)


def _read(path: Path | str, watermark: str = "") -> RegistryAnswer:
    settings = SourceSettings(SourceName.ICTRP, str(path), timedelta(days=1))
    web = WebService(settings, sleep=lambda _: None) if isinstance(path, str) else None
    return Ictrp(settings, web).entries(RegistryQuestion(), watermark, TODAY)


def _export(kind: str) -> Path:
    return shared_data("sources/registries") / f"ictrp_export_2020.{kind}"


def _rows() -> list[dict[str, str]]:
    recorded = _export("csv").read_bytes().decode().replace("\r", " ")
    return list(csv.DictReader(io.StringIO(recorded, newline="")))


def _csv(rows: Sequence[dict[str, str]], columns: Sequence[str] = (), delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(rows[0]), extrasaction="ignore", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_the_recorded_export_in_xml_is_read() -> None:
    """Padding is taken away, groups are added up, the registration date is that without an ambiguity."""
    answer = _read(_export("xml"))
    trials = {entry.number: entry for entry in answer.entries}
    assert len(trials) == 8
    one = trials["ChiCTR2000029868"]
    assert one.title.startswith("Hydroxychloroquine treating novel coronavirus pneumonia")
    assert not one.official_title.endswith(" ")
    assert (one.registered_on, one.enrolment) == (date(2020, 2, 15), 200)
    assert one.status is RegistryStatus.RECRUITING
    assert one.is_randomized
    assert trials["ChiCTR2000029935"].is_randomized is None
    assert answer.doubt == ""


def test_the_recorded_export_in_csv_is_read() -> None:
    """Its columns have spaces where XML has underscores, and its cells carriage returns."""
    answer = _read(_export("csv"))
    trials = {entry.number: entry for entry in answer.entries}
    assert (len(trials), answer.unreadable) == (12, ())
    assert all(entry.registered_on and entry.conditions and entry.enrolment for entry in answer.entries)
    one = trials["ChiCTR2000029559"]
    assert (one.registered_on, one.enrolment) == (date(2020, 2, 4), 300)
    assert [arm.is_control for arm in one.arms] == [False, False, True]


def test_no_contact_person_is_kept() -> None:
    """The export is full of them."""
    assert "REDACTED" not in repr(_read(_export("xml"))) + repr(_read(_export("csv")))


def test_the_same_export_has_nothing_new() -> None:
    """The operator replaces the file when there is a new one."""
    first = _read(_export("csv"))
    again = _read(_export("csv"), first.watermark)
    assert (again.entries, again.watermark, again.is_full) == ((), first.watermark, False)


def test_an_export_at_a_url_is_downloaded() -> None:
    """As the weekly list for COVID-19 was."""
    with serving({"/export.csv": Answer(_export("csv").read_bytes())}) as service:
        assert len(_read(f"{service.url}/export.csv").entries) == 12
        with pytest.raises(UpstreamError, match="WHO ICTRP"):
            _read(f"{service.url}/gone.csv")


def test_day_and_month_exchanged_in_one_of_two_dates_is_a_doubt(tmp_path: Path) -> None:
    """In the export of August 2020 every day up to the 12th was taken for a month."""
    file = tmp_path / "export.xml"
    right = _export("xml").read_text()
    file.write_text(right.replace("<Date_registration>2020-02-03<", "<Date_registration>2020-03-02<"))
    assert "exchanged" in _read(file).doubt


@pytest.mark.parametrize(
    "content",
    [
        b"<html>log in</html>",
        b"<Trials_downloaded_from_ICTRP><Trial><Id>1</Id></Trial></Trials_downloaded_from_ICTRP>",
        b"<Trials_downloaded_from_ICTRP>",
        b"Number,Title\n1,x\n",
        b"",
    ],
    ids=["a web page", "no number", "cut", "another table", "empty file"],
)
def test_what_is_no_export_is_a_failure(content: bytes, tmp_path: Path) -> None:
    """Never an empty list."""
    file = tmp_path / "export"
    file.write_bytes(content)
    with pytest.raises(UpstreamError, match="WHO ICTRP"):
        _read(file)


def test_a_file_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    """Told without its whole path."""
    with pytest.raises(UpstreamError, match="cannot be read: No such file") as failed:
        _read(tmp_path / "export.csv")
    assert str(tmp_path) not in str(failed.value)


_COLUMNS = list(_rows()[0])


@pytest.mark.parametrize(
    "saved",
    [
        _csv(_rows(), _COLUMNS[::-1]).encode(),
        _csv(_rows()).encode("utf-8-sig"),
        _csv(_rows()).encode("utf-16"),
        _csv(_rows(), delimiter=";").encode("cp1252", "replace"),
        _csv(_rows(), delimiter="\t").encode(),
        _csv([{name: f"  {cell}  " for name, cell in row.items()} for row in _rows()]).encode(),
        _csv(_rows()).replace(",Recruitment Status,", ", recruitment  status ,", 1).encode(),
        _csv([{name: cell or "NULL" for name, cell in row.items()} for row in _rows()]).encode(),
        _csv([*_rows(), *_rows()]).encode(),
        _csv([{**row, "none": ""} for row in _rows()], [*_COLUMNS, "none"]).replace(",none", "", 1).encode(),
    ],
    ids=[
        "other order",
        "byte order mark",
        "UTF-16",
        "semicolons",
        "tabs",
        "padded",
        "other head",
        "NULL",
        "twice",
        "cells more",
    ],
)
def test_an_export_that_a_spreadsheet_program_saved_says_the_same(saved: bytes, tmp_path: Path) -> None:
    """Columns in another order, another separator or encoding, blanks around cells, a word for an empty cell."""
    file = tmp_path / "export.csv"
    file.write_bytes(saved)
    answer, recorded = _read(file), _read(_export("csv"))
    assert [(e.number, e.status, e.registered_on, e.enrolment, e.has_results) for e in answer.entries] == [
        (e.number, e.status, e.registered_on, e.enrolment, e.has_results) for e in recorded.entries
    ]
    assert answer.unreadable == ()


def test_an_export_without_the_column_of_the_status_is_a_failure(tmp_path: Path) -> None:
    """It is not that the status of every trial is unknown."""
    file = tmp_path / "export.csv"
    file.write_text(_csv(_rows(), [name for name in _COLUMNS if name != "Recruitment Status"]))
    with pytest.raises(UpstreamError, match="there is no Recruitment_Status"):
        _read(file)


def test_a_row_that_is_cut_or_of_an_unknown_status_is_left_out_and_told(tmp_path: Path) -> None:
    """The download ended in the middle of the last row; a status that is not known is not taken for another."""
    first, *others = _rows()
    file = tmp_path / "export.csv"
    file.write_text(_csv([{**first, "Recruitment Status": "Paused"}, *others])[:-200])
    answer = _read(file)
    assert len(answer.entries) == 10
    assert answer.unreadable == (
        (first["TrialID"], "its status is not known: Paused"),
        (others[-1]["TrialID"], "it has more or fewer cells than there are columns"),
    )


def test_a_target_is_read_with_its_comma(tmp_path: Path) -> None:
    """In one number and in groups."""
    first, second, *_ = _rows()
    file = tmp_path / "export.csv"
    file.write_text(_csv([{**first, "Target size": "2,000"}, {**second, "Target size": "one:1,000;two:1,500;"}]))
    assert [entry.enrolment for entry in _read(file).entries] == [2000, 2500]
