"""Text, dates, links, templates and the timeline picture for mails and pages. Independent of digests."""
