"""Pictures of mails and pages, drawn with Pillow, and the operator's logo."""
