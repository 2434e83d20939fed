"""`monitor deliver`: pause and resume sending."""

from __future__ import annotations

import typer

from monitor import store
from monitor.commands._console import console
from monitor.commands._shared import DEFAULT_CONFIG, AtOption, ConfigOption, load_settings, moment, open_database
from monitor.model import DeliveryState

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Pause and resume sending.")

#: The states of deliveries still to be sent.
_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEFERRED)


@app.command()
def pause(config_file: ConfigOption = DEFAULT_CONFIG, at: AtOption = None) -> None:
    """Send no further mail until `monitor deliver resume`; a running service stops within about a second.

    PubMed is still polled and digests are composed. They wait, as do the mails that people ask for on the pages.
    """
    with open_database(load_settings(config_file)) as db:
        present = moment(db, at)
        with db.begin() as tx:
            since = store.deliveries.paused_at(tx)
            if since is None:
                store.deliveries.pause(tx, present)
            waiting = _waiting(store.delivery_counts.counts(tx))
    already = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    console.print(f"Sending is paused{already}; {waiting:,} mails wait.")


@app.command()
def resume(config_file: ConfigOption = DEFAULT_CONFIG, at: AtOption = None) -> None:
    """Send again; what has waited is sent with the next tick."""
    with open_database(load_settings(config_file)) as db:
        moment(db, at)  # refuses --at where it is out of place
        with db.begin() as tx:
            store.deliveries.resume(tx)
            waiting = _waiting(store.delivery_counts.counts(tx))
    console.print(f"Sending is resumed; {waiting:,} mails go out with the next tick.")


def _waiting(counts: dict[DeliveryState, int]) -> int:
    return sum(counts.get(state, 0) for state in _OPEN)
