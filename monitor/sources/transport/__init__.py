"""One way to ask a service on the web: deadlines, sizes, retries, rates."""
