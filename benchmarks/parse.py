"""Records per second parsed with all fields, beside bare lxml, Bio.Entrez.read and pubmed_parser, from one real file.

    python benchmarks/parse.py [FILE.xml.gz] [--records 4000] [--rounds 3]

The libraries to compare with come with `pip install -e .[bench]`. All run in one process on the
same gzip file, in turn, by CPU time; the best round of each counts. Bare lxml only
builds each element and frees it; pubmed_parser leaves out most fields.
"""

from __future__ import annotations

import argparse
import gzip
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from monitor.sources.pubmed.records import reader

DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "eutils" / "bulk" / "pubmed21n1298.xml.gz"


def bare_lxml(path: Path) -> int:
    """Iterate over the record elements and do nothing with them."""
    found = 0
    with gzip.open(path) as file:
        for _, element in etree.iterparse(file, tag="PubmedArticle", huge_tree=True):
            found += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return found


def monitor(path: Path) -> int:
    """Every record as an Article."""
    return sum(1 for _ in reader.read_file(path))


def bio_entrez(path: Path) -> int:
    """Bio.Entrez.read, which reads only whole documents."""
    from Bio import Entrez

    return len(Entrez.read(io.BytesIO(gzip.decompress(path.read_bytes())))["PubmedArticle"])


def pubmed_parser(path: Path) -> int:
    """pubmed_parser with its default fields."""
    import pubmed_parser

    return len(list(pubmed_parser.parse_medline_xml(str(path))))


CONTENDERS: dict[str, Callable[[Path], int]] = {
    "bare lxml iterparse": bare_lxml,
    "monitor": monitor,
    "Bio.Entrez.read": bio_entrez,
    "pubmed_parser": pubmed_parser,
}


def first_records(source: Path, count: int, target: Path) -> int:
    """Write the first `count` records of a gzip file as a document of its own; gives their number."""
    with gzip.open(source) as file:
        raw = file.read(count * 20_000)
    end, found = 0, 0
    while found < count and (at := raw.find(b"</PubmedArticle>", end)) >= 0:
        end, found = at + len(b"</PubmedArticle>"), found + 1
    target.write_bytes(gzip.compress(raw[:end] + b"</PubmedArticleSet>"))
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--records", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.xml.gz"
        count = first_records(options.file, options.records, path)
        print(f"{count} records, {path.stat().st_size / 1e6:.0f} MB of {options.file.name}")
        best = dict.fromkeys(CONTENDERS, float("inf"))
        for _ in range(options.rounds):
            for name, read in CONTENDERS.items():
                start = time.process_time()
                assert read(path) == count, name
                best[name] = min(best[name], time.process_time() - start)
    bare = best["bare lxml iterparse"]
    for name, seconds in best.items():
        print(f"{name:22} {count / seconds:9,.0f} records/s   {bare / seconds:5.2f} of bare lxml")


if __name__ == "__main__":
    main()
