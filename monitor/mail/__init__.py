"""Mail protocols and nothing else: SMTP, MIME, DKIM, delivery status notifications, IMAP and Maildir."""
