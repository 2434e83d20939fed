"""From the outbox to the recipient: personalize, throttle, send, retry."""
