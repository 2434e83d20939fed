"""`monitor subscribers` as an operator uses it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import cli, config, store
from monitor.errors import ConfigError, MonitorError
from monitor.model import ConsentEvent, Frequency, SubscriptionState, TransactionalKind
from monitor.subscribers import address_hash
from tests.config import files
from tests.support.factories import LEASE, NOW, change


class Run:
    """Runs the words of `monitor subscribers` on a database in a folder of the test's own."""

    def __init__(self, folder: Path, public_url: str = "https://monitor.example.org") -> None:
        self.folder = folder
        web = f"web:\n  public_url: {public_url}\n" if public_url else ""
        self.config = files.written(folder, files.SMALL + f"database_url: sqlite:///{folder}/monitor.db\n{web}")
        self.db = store.open(f"sqlite:///{folder}/monitor.db")
        store.migrate.upgrade(self.db)

    def __call__(self, *words: str) -> str:
        """What was printed; raises what the command raised."""
        result = CliRunner().invoke(cli.app, ["subscribers", *words, "--config", str(self.config)])
        if isinstance(result.exception, MonitorError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    def csv(self, text: str) -> str:
        """The path of a CSV file."""
        path = self.folder / "people.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def states(self) -> dict[str, SubscriptionState]:
        """Everybody with their state."""
        with self.db.read() as tx:
            return {one.address: one.state for one in store.subscribers.everyone(tx)}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`monitor subscribers …` with pages at monitor.example.org."""
    return Run(tmp_path)


def test_a_person_who_is_added_is_asked_to_confirm(run: Run) -> None:
    """The request to confirm waits; until it is confirmed nothing else is mailed."""
    assert run("add", "jane@example.org") == "1 added, each is asked to confirm by mail; 0 already known.\n"
    assert run.states() == {"jane@example.org": SubscriptionState.UNCONFIRMED}
    with run.db.begin() as tx:
        (mail,) = store.transactional.claim(tx, NOW.replace(year=2100), 10, LEASE)
    assert (mail.kind, mail.address) == (TransactionalKind.CONFIRM, "jane@example.org")


def test_how_a_person_agreed_is_kept(run: Run) -> None:
    """If the operator says how they agreed, mail begins at once."""
    run("add", "jane@example.org", "--agreed", "asked for it at the ward round of 3 May")
    assert run.states() == {"jane@example.org": SubscriptionState.ACTIVE}
    with run.db.read() as tx:
        (entry,) = store.consents.of(tx, [store.subscribers.find(tx, "jane@example.org")[0].id])
    assert (entry.event, entry.text) == (ConsentEvent.CONFIRMED, "asked for it at the ward round of 3 May")


def test_nobody_can_confirm_without_pages(tmp_path: Path) -> None:
    """It says what to do instead."""
    with pytest.raises(ConfigError, match=r"set web\.public_url, or say how they agreed"):
        Run(tmp_path, public_url="")("add", "jane@example.org")


def test_a_frequency_that_is_pending_is_exported_as_asked_for(run: Run) -> None:
    """In another database it does not wait for anything; and one person's own record says both."""
    run("add", "a@example.org", "--frequency", "weekly", "--agreed", "asked")
    with run.db.begin() as tx:
        store.changes.add(tx, [change()])
        store.digests.start_schedule(tx, "ccsvi", Frequency.WEEKLY, NOW, NOW)
        (held,) = store.subscribers.find(tx, "a@example.org")
        assert not store.frequency_changes.switch(tx, held.id, Frequency.MONTHLY)
    (row,) = csv.DictReader(run("export").splitlines())
    assert row["frequency"] == "monthly"
    (kept,) = json.loads(run("export", "a@example.org"))["subscriptions"]
    assert (kept["frequency"], kept["next_frequency"]) == ("weekly", "monthly")


def test_what_is_exported_can_be_imported(run: Run, tmp_path: Path) -> None:
    """Everybody with their choices and states, in another installation."""
    rows = ("a@example.org,daily,Asia/Tokyo,ja,ris csv,", "b@example.org,,,,,unsubscribed")
    people = "\n".join(("address,frequency,timezone,language,attachments,state", *rows))
    run("import", run.csv(people), "--agreed", "moved")
    exported = tmp_path / "out.csv"
    run("export", "--output", str(exported))
    (tmp_path / "other").mkdir()
    other = Run(tmp_path / "other")
    other("import", str(exported), "--agreed", "moved again")
    again = list(csv.DictReader(other("export").splitlines()))
    assert again == list(csv.DictReader(exported.read_text(encoding="utf-8").splitlines()))
    assert (again[0]["language"], again[0]["attachments"], again[1]["state"]) == ("ja", "ris csv", "unsubscribed")


def test_mistakes_in_a_csv_are_told_all_at_once_with_their_lines(run: Run) -> None:
    """And nobody is added."""
    bad = "address,frequency,timezone,language\nok@example.org,,,\nnobody,hourly,,\nx@example.org,,Europe/Romme,tlh\n"
    with pytest.raises(ConfigError) as error:
        run("import", run.csv(bad), "--agreed", "x")
    for said in (
        "line 3",
        '"nobody" is not an email address',
        '"hourly" is not a frequency',
        "line 4",
        "Europe/Rome",
        "tlh",
    ):
        assert said in str(error.value)
    assert run.states() == {}


def test_who_was_erased_is_not_imported_again(run: Run) -> None:
    """The keyed hash that is kept is enough for that."""
    run("add", "jane@example.org", "--agreed", "x")
    run("erase", "JANE@example.org")
    assert run.states() == {}
    told = run("import", run.csv("address\njane@example.org\n"), "--agreed", "an old list")
    assert told == "0 added; 0 already known; 1 on the suppression list.\n"
    raw = b"".join(path.read_bytes() for path in run.folder.glob("monitor.db*"))
    assert b"jane@example.org" not in raw.lower()


def test_the_operator_can_let_somebody_back_who_was_barred(run: Run) -> None:
    """Who lost the mail with the link writes to the operator; the person then signs up, and no import adds them."""
    settings, _ = config.with_secret_key(config.load(run.config, {}))
    with run.db.begin() as tx:
        hmac = address_hash.address_hmacs("jane@example.org", settings.secret_keys)[0]
        store.suppressions.add(tx, hmac, store.suppressions.DECLINED, NOW)
    assert run("allow", "jane+list@example.org") == "jane+list@example.org can subscribe again.\n"
    with run.db.read() as tx:
        assert store.suppressions.reasons(tx, [hmac]) == {store.suppressions.ERASED}


def test_the_operator_ends_a_persons_links(run: Run) -> None:
    """The person has told that somebody else has one."""
    run("add", "jane@example.org", "--agreed", "x")
    assert "No link to preferences mailed to Jane@example.org" in run("end-links", "Jane@example.org")
    with run.db.read() as tx:
        (one,) = store.subscribers.find(tx, "jane@example.org")
        assert store.subscribers.links_ended_at(tx, one.id)


def test_who_left_is_not_brought_back_by_an_import(run: Run) -> None:
    """Only they themselves can do that."""
    run("import", run.csv("address,state\njane@example.org,unsubscribed\n"), "--agreed", "x")
    run("import", run.csv("address\njane@example.org\n"), "--agreed", "an old list")
    assert run.states() == {"jane@example.org": SubscriptionState.UNSUBSCRIBED}


def test_one_person_gets_everything_kept_of_them(run: Run) -> None:
    """As JSON, to hand over."""
    run("add", "jane@example.org", "--agreed", "on paper")
    kept = json.loads(run("export", "jane@example.org"))
    assert kept["subscribers"][0]["address"] == "jane@example.org"
    assert kept["consents"][0]["text"] == "on paper"


def test_a_person_is_suspended_and_resumed(run: Run) -> None:
    """And the list shows the reason."""
    run("add", "jane@example.org", "--agreed", "x")
    assert run("suspend", "jane@example.org", "--because", "on leave") == "1 subscription suspended.\n"
    assert "on leave" in run("list", "--json")
    assert run("resume", "jane@example.org") == "1 subscription resumed.\n"
    assert run.states() == {"jane@example.org": SubscriptionState.ACTIVE}


@pytest.mark.parametrize("word", ["erase", "suspend", "resume", "export", "end-links", "allow"])
def test_an_address_nobody_has_is_said_to_be_so(run: Run, word: str) -> None:
    """Exit code 2, not silence."""
    with pytest.raises(ConfigError, match=r"nobody@example\.org"):
        run(word, "nobody@example.org")


@pytest.mark.parametrize("words", [[], ["jane@example.org"]])
def test_only_its_owner_can_read_an_export(run: Run, words: list[str]) -> None:
    """It has people's addresses; also when it replaces a file that others could read."""
    run("add", "jane@example.org", "--agreed", "x")
    file = run.folder / "people.txt"
    file.write_text("an older export, longer than the new one" * 100)
    file.chmod(0o644)
    run("export", *words, "-o", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "jane@example.org" in file.read_text()
    assert "older" not in file.read_text()


def test_the_list_is_read_by_people_and_scripts(run: Run) -> None:
    """A table, and JSON."""
    assert "no subscribers yet" in run("list")
    run("add", "jane@example.org", "--agreed", "x")
    assert "jane@example.org" in run("list")
    assert json.loads(run("list", "--json"))[0]["state"] == "active"


def test_a_hash_needs_its_key() -> None:
    """Another key, another hash; another spelling of the address, the same."""
    assert address_hash.address_hmacs("Jane@Example.org ", ["k1", "k2"]) == address_hash.address_hmacs(
        "jane@example.org", ["k1", "k2"]
    )
    assert len(set(address_hash.address_hmacs("jane@example.org", ["k1", "k2"]))) == 2


def test_the_key_made_at_the_first_start_is_the_one_used(run: Run) -> None:
    """The service and the command must hash alike."""
    run("add", "jane@example.org", "--agreed", "x")
    settings, made = config.with_secret_key(config.load(run.config, {}))
    assert made is None
    run("erase", "jane@example.org")
    with run.db.read() as tx:
        assert store.suppressions.has_any(tx, address_hash.address_hmacs("jane@example.org", settings.secret_keys))


# --- what a CSV may look like -------------------------------------------------------------------------


def test_a_spreadsheet_that_writes_semicolons_or_tabs_is_read(run: Run) -> None:
    """As Excel does wherever a comma stands in numbers."""
    run("import", run.csv("Address;Frequency;Timezone\njane@example.org;daily;Europe/Rome\n"), "--agreed", "x")
    run("import", run.csv("address\tlanguage\njoe@example.org\tde\n"), "--agreed", "x")
    jane, joe = csv.DictReader(run("export").splitlines())
    assert (jane["frequency"], jane["timezone"], joe["language"]) == ("daily", "Europe/Rome", "de")


@pytest.mark.parametrize(
    "text", ["address\n{}\n", "address,topic\njane@example.org,{}\n", "address,reason\n,{}\n", "{}\n"]
)
def test_an_endless_cell_is_a_mistake_like_any_other(run: Run, text: str) -> None:
    """A message with its line, not a bug report."""
    with pytest.raises(ConfigError, match=r"line [12]  ") as error:
        run("import", run.csv(text.format("x" * 200_000)), "--agreed", "x")
    assert len(str(error.value)) < 500
    assert run.states() == {}


def test_an_address_is_kept_as_mail_is_sent_to_it(run: Run) -> None:
    """And found again in the spelling its owner uses."""
    run("add", "Jane@Bücher.de", "--agreed", "x")
    assert run.states() == {"Jane@xn--bcher-kva.de": SubscriptionState.ACTIVE}
    assert run("import", run.csv("address\njane@bücher.de\n"), "--agreed", "x").startswith("0 added; 1 already known")
    run("erase", "jane@bücher.de")
    told = run("import", run.csv("address\njane@XN--BCHER-KVA.de\n"), "--agreed", "x")
    assert told == "0 added; 0 already known; 1 on the suppression list.\n"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("jösé@example.org", "has letters before the @ that most mail servers cannot take: ö é."),
        ("a" * 65 + "@example.org", "is not an email address. The email address is too long before the @-sign"),
        ('jane,"x@example.org', "is not an email address."),
    ],
)
def test_an_address_no_mail_can_go_to_is_refused(run: Run, address: str, said: str) -> None:
    """With the reason."""
    with pytest.raises(ConfigError) as error:
        run("add", address, "--agreed", "x")
    assert said in str(error.value)


def test_why_somebody_was_suspended_goes_out_and_in(run: Run, tmp_path: Path) -> None:
    """So that in the new installation, too, only the operator brings them back."""
    run("add", "jane@example.org", "--agreed", "x")
    run("suspend", "jane@example.org", "--because", 'legal, see "file 7"')
    run("export", "--output", str(tmp_path / "out.csv"))
    (tmp_path / "other").mkdir()
    other = Run(tmp_path / "other")
    other("import", str(tmp_path / "out.csv"), "--agreed", "moved")
    (jane,) = json.loads(other("list", "--json"))
    assert (jane["state"], jane["reason"]) == ("suspended", 'suspended by the operator: legal, see "file 7"')


@pytest.mark.parametrize("separator", [",", ";"])
def test_no_cell_of_an_export_is_a_formula(run: Run, tmp_path: Path, separator: str) -> None:
    """A diagnostic of a mail server, or an address, may start like one; the export can be imported all the same."""
    hostile = '=HYPERLINK("http://x";"a"), no; =1+1\t@SUM(A1)'
    people = ["+jane@example.org", "-joe@example.org", "=ann@example.org", "o'neill@example.org"]
    rows = [(address, "unsubscribed", hostile) for address in people]
    text = "".join(f'{address},{state},"{reason.replace(chr(34), 2 * chr(34))}"\n' for address, state, reason in rows)
    run("import", run.csv("address,state,reason\n" + text), "--agreed", "x")
    exported = tmp_path / "out.csv"
    run("export", "--output", str(exported))
    read = list(csv.reader(exported.read_text(encoding="utf-8").splitlines(), delimiter=separator))
    assert len(read) == 5
    assert not [cell for row in read for cell in row if cell.lstrip(' "').startswith(("=", "+", "-", "@"))]
    (tmp_path / "other").mkdir()
    other = Run(tmp_path / "other")
    other("import", str(exported), "--agreed", "moved")
    assert set(other.states()) == set(people)
