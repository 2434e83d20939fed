"""From the outbox to the recipient: personalise, throttle, send, retry."""
