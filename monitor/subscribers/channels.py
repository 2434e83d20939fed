"""The channels of the configuration as subscriptions: configured is subscribed, removed is unsubscribed.

There is nobody who could confirm or click a link, so they have no consents and get no mails; the operator answers for
them. One that the operator has suspended stays so.
"""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.model import ChannelSettings, Settings, Subscription, SubscriptionState, Topic
from monitor.store import Tx

#: Why a subscription of a channel ended.
REMOVED = "no longer in the configuration"


def configure(tx: Tx, settings: Settings, now: datetime) -> None:
    """Bring the subscriptions in line with the configured channels.

    One that is configured again gets the welcome digest again, as a person who returns does.
    """
    existing = {(one.channel, one.topic): one for one in store.subscribers.of_channels(tx)}
    wanted = {
        (channel.name, key): _subscription(channel, settings.topic(key))
        for channel in settings.channels
        for key in channel.topics
    }
    for place, one in wanted.items():
        if place in existing:
            _change(tx, existing[place], one, now)
        else:
            store.subscribers.add(tx, one, now)
    for place, one in existing.items():
        if place not in wanted and one.state is SubscriptionState.ACTIVE:
            store.subscribers.set_state(tx, one.id, SubscriptionState.UNSUBSCRIBED, now, REMOVED)


def _subscription(channel: ChannelSettings, topic: Topic) -> Subscription:
    return Subscription(
        topic=topic.key,
        address=f"channel:{channel.name}",
        frequency=channel.frequency or topic.digest.frequency,
        state=SubscriptionState.ACTIVE,
        timezone=channel.timezone or topic.digest.timezone,
        language=channel.language,
        channel=channel.name,
    )


def _change(tx: Tx, known: Subscription, wanted: Subscription, now: datetime) -> None:
    if known.state is SubscriptionState.UNSUBSCRIBED:
        store.subscribers.apply_request(tx, known.id, wanted)
        store.subscribers.set_state(tx, known.id, SubscriptionState.ACTIVE, now)
        store.subscribers.reset_welcome(tx, known.id)
        return
    if (known.timezone, known.language) != (wanted.timezone, wanted.language):
        store.subscribers.set_preferences(
            tx, known.id, timezone=wanted.timezone, language=wanted.language, attachments=()
        )
    if known.wanted is not wanted.frequency:
        store.frequency_changes.switch(tx, known.id, wanted.frequency)
