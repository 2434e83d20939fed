"""Connections, transactions, migrations, maintenance."""
