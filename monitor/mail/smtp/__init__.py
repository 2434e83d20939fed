"""Send messages over SMTP; each server reply becomes a value. The sole importer of aiosmtplib."""

from monitor.mail.smtp.mailer import SmtpMailer

__all__ = ["SmtpMailer"]
