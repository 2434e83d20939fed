"""Words, dates, links and the timeline as mails and pages show them; templates are filled here. Knows no digest."""
