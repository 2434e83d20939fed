"""`monitor send-test ADDRESS`: send the present digest to one mailbox."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.commands._console import console, errors
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, load_settings, moment, open_database, pick_topic
from monitor.delivery import own_templates
from monitor.delivery.attachments import attached
from monitor.delivery.personalize import test_message
from monitor.digests.compose import preview
from monitor.errors import AddressError, ConfigError
from monitor.model import SendOutcome
from monitor.service import connections

AddressArgument = Annotated[str, typer.Argument(help="The mailbox to send to.")]
TopicOption = Annotated[str | None, typer.Option("--topic", "-t", help="The topic's key, where there are several.")]


def send_test(address: AddressArgument, config_file: ConfigOption = DEFAULT_CONFIG, topic: TopicOption = None) -> None:
    """Send the digest that would go out now to ADDRESS, through the configured mail server; nothing is recorded.

    Its links do not work. Exit 1 when the server does not accept it.
    """
    settings = load_settings(config_file)
    picked = pick_topic(settings, topic)
    mailer = connections.open_mailer(settings)
    own_templates.check(settings)
    with open_database(settings) as db:
        at = moment(db)
        made = preview(settings, db, picked, at)
        with db.read() as tx:
            files = attached(tx, made[0], ()) if made else ()
    if made is None:
        errors.print(f"There is no digest of {picked.key} yet: run `monitor tick` to poll PubMed first.")
        raise typer.Exit(1)
    try:
        message = test_message(settings, *made, address, at, files)
    except AddressError as error:
        raise ConfigError(f"{error}.") from error
    (result,) = mailer.send([message])
    if result.outcome is not SendOutcome.SENT:
        errors.print(f"{settings.smtp.host} did not accept it: {result.code} {result.text}", markup=False)
        raise typer.Exit(1)
    console.print(f"{settings.smtp.host} accepted it for {address}: {result.text}", markup=False)
