"""What docs/guarantees.md promises, tried: each test names the happening and keeps a ledger."""
