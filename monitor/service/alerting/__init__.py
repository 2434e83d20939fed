"""What the operator must know, and how it reaches them: failures, alerts and the mails of both."""
