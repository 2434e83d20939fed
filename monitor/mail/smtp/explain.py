"""What an operator should do about a mail server that cannot be used: a sentence for each step at which it refuses."""

from __future__ import annotations

from email.utils import parseaddr

import aiosmtplib

from monitor.errors import MailError
from monitor.mail.identifiers import ehlo_name
from monitor.mail.reply_meaning import meaning
from monitor.model import SendResult, SmtpSettings, Stage, Whom
from monitor.model.values.clean_text import one_line


def unusable(settings: SmtpSettings, stage: Stage, error: Exception) -> MailError:
    """The error for a connection that could not be made; `stage` is the step that failed."""
    is_temporary, replied = False, 0
    match error:
        case aiosmtplib.SMTPConnectTimeoutError() | aiosmtplib.SMTPReadTimeoutError():
            reason = "did not respond in time: check smtp.host, smtp.port and the firewall."
        case aiosmtplib.SMTPResponseException(code=code, message=text):
            is_temporary, replied = _is_temporary(code, text, stage), code
            reason = _refusal(settings, stage, code, text)
        case aiosmtplib.SMTPConnectError():
            reason = f"cannot be reached ({error}): check smtp.host, smtp.port and smtp.encryption."
        case _:
            reason = (
                f"cannot be used as configured ({error}): nothing was sent. Check smtp.encryption; "
                "if the server no longer offers STARTTLS, somebody may be intercepting the connection."
            )
    is_refusal = isinstance(error, aiosmtplib.SMTPResponseException) and not is_temporary
    return MailError(
        _sentence(settings, reason), is_temporary=is_temporary, is_refusal=is_refusal, stage=stage, code=replied
    )


def unwanted(settings: SmtpSettings, refusal: SendResult) -> MailError:
    """The error for a server that lets us in and takes no mail from us: a limit, or a refusal of the sender."""
    stage = refusal.stage or Stage.MAIL
    is_temporary = _is_temporary(refusal.code, refusal.text, stage)
    reason = _refusal(settings, stage, refusal.code, refusal.text)
    return MailError(
        _sentence(settings, reason), is_temporary=is_temporary, is_refusal=not is_temporary, reply=refusal.text
    )


def _sentence(settings: SmtpSettings, reason: str) -> str:
    return one_line(f"The mail server {settings.host}:{settings.port} {reason}")


def _is_temporary(code: int, text: str, stage: Stage) -> bool:
    return code < 500 or meaning(text, code=code, stage=stage).whom is Whom.LIMIT


def _refusal(settings: SmtpSettings, stage: Stage, code: int, text: str) -> str:
    """What it refused, with its reply, and what to check."""
    reply = f"({code} {' '.join(text.split())})"
    if _is_temporary(code, text, stage):
        return f"takes no more mail for now, it replied to {stage}: {reply}. Monitor tries again later by itself."
    match stage:
        case Stage.BANNER:
            return f"refused the connection {reply}: it may not accept this machine's address. Ask who runs it."
        case Stage.EHLO:
            return (
                f'refused the name "{ehlo_name(settings)}" that Monitor greets with {reply}: set smtp.ehlo_name to '
                "the full name that this machine has in the DNS."
            )
        case Stage.STARTTLS:
            return f"refused STARTTLS {reply}: check smtp.encryption and smtp.port."
        case Stage.AUTH:
            return f"refused the login {reply}: check smtp.username and the password."
    if code == _LOGIN_NEEDED:
        return (
            f"wants encryption or a login first {reply}: check smtp.encryption (starttls or tls), smtp.username and "
            "the password."
        )
    sender = parseaddr(settings.sender)[1]
    return (
        f"refused the sender {reply}: check smtp.sender ({sender}), smtp.bounce_domain and that the login may send in "
        "their name."
    )


#: RFC 4954 section 6 and RFC 3207 section 4: authentication required; Must issue a STARTTLS command first.
_LOGIN_NEEDED = 530
