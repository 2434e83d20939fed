"""Recorded answers and errors of the real E-utilities, and what they are taken for."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import UpstreamError
from monitor.sources.pubmed import responses
from monitor.sources.pubmed.http import Response

#: File in errors/ -> (status it came with, whether asking again can help).
ERRORS = {
    "efetch_empty_id_200_RECORDED.xml": (200, False),
    "efetch_external_viewer_timeout_200.xml": (200, True),
    "efetch_history_out_of_range_400.xml": (400, False),
    "elink_exLinkSrv2_200.xml": (200, True),
    "elink_prolog_only_200.xml": (200, True),
    "esearch_db_not_supported_200.xml": (200, True),
    "esearch_retstart_9998.json": (200, True),
    "http429_body_NBK25497.json": (429, True),
    "http429_body_bioutils16.json": (429, True),
    "http429_body_rentrez132.json": (429, True),
    "http500_wwwerror.html": (500, True),
    "linkerd_unable_to_route.txt": (200, True),
    "ratecontrol_lbsm_zakcali_pubmedapi.json": (200, True),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_recorded_failure_is_never_an_answer(name: str, shared_data: Path) -> None:
    """Whatever the status, every reader refuses it, and knows whether a second try can help."""
    status, retryable = ERRORS[name]
    response = Response(status, (shared_data / "eutils" / "errors" / name).read_bytes())
    for read in (
        responses.read_search,
        responses.read_records,
        responses.read_salvageable,
        lambda a: responses.read_links(a, ("1",), "x"),
    ):
        with pytest.raises(UpstreamError) as failure:
            read(response)
        assert failure.value.retryable is retryable


def test_every_recorded_error_is_in_the_table(shared_data: Path) -> None:
    """A new recording needs a decision."""
    assert {p.name for p in (shared_data / "eutils" / "errors").iterdir()} == {*ERRORS, "SOURCES.md"}


def _recorded(shared_data: Path, utility: str) -> list[tuple[Path, bytes]]:
    eutils = shared_data / "eutils"
    paths = sorted([*(eutils / utility).rglob("*.xml*"), *(eutils / "recorded").rglob(f"{utility}*.xml*")])
    raw = [(path, path.read_bytes()) for path in paths]
    return [(path, gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body) for path, body in raw]


def test_recorded_searches_are_read_as_they_stand(shared_data: Path) -> None:
    """From 2003 to 2026: the count, the ids and the complaints, as a search of the bytes finds them."""
    read = 0
    for path, body in _recorded(shared_data, "esearch"):
        counted = re.search(rb"<Count>(\d+)</Count>", body)
        if b"<ERROR>" in body or counted is None:
            with pytest.raises(UpstreamError):
                responses.read_search(Response(200, body))
            continue
        listed = responses.read_search(Response(200, body))
        read += 1
        ids = re.findall(rb"<Id>\s*(\d+)\s*</Id>", body)
        assert (listed.count, [*listed.pmids]) == (int(counted[1]), [pmid.decode() for pmid in ids]), path
        complaints = len(re.findall(rb"<(?:PhraseNotFound|FieldNotFound|QuotedPhraseNotFound|PhraseIgnored)>", body))
        assert len(listed.warnings) == complaints, path
    assert read == 48


def test_recorded_links_are_read_for_each_source_or_refused(shared_data: Path) -> None:
    """Links are only believed where each source has its own LinkSet."""
    for path, body in _recorded(shared_data, "elink"):
        sources = re.findall(rb"<IdList>\s*<Id>(\d+)</Id>\s*</IdList>", body)
        if not sources or len(sources) != body.count(b"<LinkSet>") or b"<ERROR>" in body:
            continue
        asked = tuple(source.decode() for source in sources)
        linked = responses.read_links(Response(200, body), asked, "pubmed_pubmed")
        assert set(linked) == set(asked), path


def test_recorded_citing_articles_are_all_there(shared_data: Path) -> None:
    """Similar articles of one article, the article itself first, as PubMed lists them."""
    body = (shared_data / "eutils" / "recorded" / "biocommons+eutils" / "elink_003.body.xml").read_bytes()
    (source,) = re.findall(rb"<IdList>\s*<Id>(\d+)</Id>", body)
    part = re.search(rb"<LinkName>pubmed_pubmed</LinkName>(.*?)</LinkSetDb>", body, re.DOTALL)
    assert part
    expected = tuple(pmid.decode() for pmid in re.findall(rb"<Id>(\d+)</Id>", part[1]))
    linked = responses.read_links(Response(200, body), (source.decode(),), "pubmed_pubmed")
    assert linked[source.decode()] == expected


def test_starting_up_neither_imports_bio_nor_writes_anything(tmp_path: Path) -> None:
    """Bio.Entrez costs 60 ms and its parser makes folders in HOME; a request needs the first and never the second."""
    code = (
        "import sys; from monitor.sources.pubmed import Client, entrez; from monitor.model import PubMedSettings; "
        "settings = PubMedSettings('a@example.org'); Client(settings); assert 'Bio' not in sys.modules; "
        "entrez.build(settings, 'esearch', term='x'); assert 'Bio.Entrez' in sys.modules; "
        "assert 'Bio.Entrez.Parser' not in sys.modules"
    )
    environment = {"HOME": str(tmp_path), "PATH": ""}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=Path(__file__).parents[3])  # noqa: S603 - our own code
    assert [*tmp_path.iterdir()] == []
