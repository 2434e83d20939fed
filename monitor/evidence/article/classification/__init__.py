"""Which kind of study a report is of: rules, the text model, publication types."""
