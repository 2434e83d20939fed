"""The schema over time: one module in `versions` for each step, run in order by `monitor.store.database.migrate`.

A step is written once and never edited after a release. It speaks plain SQLAlchemy types, so that
it goes on meaning what it meant when `tables` moves on. There is no way back: restore a backup.
"""
