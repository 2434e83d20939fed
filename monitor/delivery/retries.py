"""When a delivery that failed for now, or may have arrived, is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor import store
from monitor.delivery.refusals import BACK_OFF
from monitor.model import Delivery, SendOutcome, SendResult, Stage

#: The waits after a message to a channel whose fate is unknown: a server that is too slow to answer is so for hours.
HTTP_DOUBTS = (timedelta(minutes=5), timedelta(hours=12))
#: After this many attempts with an uncertain outcome, each of which may have arrived, a delivery is not repeated.
MAX_UNCERTAIN = store.deliveries.MAX_COPIES


def next_try(delivery: Delivery, result: SendResult, at: datetime) -> tuple[SendResult, datetime | None]:
    """The result to record, and when to try again (None: never); a temporary failure of the last attempt is final."""
    match result.outcome:
        case SendOutcome.DEFERRED if delivery.attempts > len(BACK_OFF):
            given_up = f"given up after {delivery.attempts} attempts: {result.text}"
            return replace(result, outcome=SendOutcome.FAILED, text=given_up), None
        case SendOutcome.DEFERRED:
            return result, at + BACK_OFF[delivery.attempts - 1]
        case SendOutcome.UNCERTAIN if delivery.uncertain + 1 < MAX_UNCERTAIN:
            waits = HTTP_DOUBTS if result.stage is Stage.HTTP else BACK_OFF
            return result, at + waits[min(delivery.uncertain, len(waits) - 1)]
        case _:
            return result, None
