"""Chat rooms and programs that get digests: the same outbox as mail, sent by HTTP (`ports.Channel`)."""
