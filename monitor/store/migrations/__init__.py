"""Alembic migrations: one module in `versions` for each revision, run in order by `monitor.store.database.migrate`.

A migration is never edited after its release. It uses plain SQLAlchemy types, so that its meaning does not
change when `tables` does. There are no downgrades: restore a backup.
"""
