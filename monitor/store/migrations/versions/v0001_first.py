"""Every table of the first release."""

from __future__ import annotations

from monitor.store.migrations.first import judging, mailing, outside, preprints, watching

revision = "0001"
down_revision = None


def upgrade() -> None:
    watching.create()
    judging.create()
    mailing.create()
    outside.create()
    preprints.create()
