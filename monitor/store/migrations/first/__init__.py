"""What the first migration makes, by subject: watching, judging, mailing."""
