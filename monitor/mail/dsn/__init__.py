"""Returned mail, parsed: delivery status notifications (RFC 3464), complaints (RFC 5965), mailto unsubscribes. Pure.

The input is untrusted: its size, parts and depth are bounded, and the caller must check what it names against a signed
bounce address or a Message-ID of ours.

| module | what it knows |
|---|---|
| `reading` | what one mail is about: asks the others in turn |
| `parts` | MIME within limits: parts, texts, character sets |
| `reports` | the fields of RFC 3464 and RFC 6533, in the forms seen |
| `notices`, `phrases` | bounces in no standard format, and what only looks like one; words in many languages |
| `answers` | servers' answers within a text, and what they mean |
| `complaints` | RFC 5965 and JMRP |
| `wishes` | mailed wishes to leave |
"""

from monitor.mail.dsn.reading import ReturnedMail, read

__all__ = ["ReturnedMail", "read"]
