"""A loopback E-utilities server and mailbox, the demo corpus and its replay: what `monitor demo` runs against."""
