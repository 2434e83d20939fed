"""Whom a mail server's reply is about: the mailbox, us, the message, a limit, or the server itself. Pure.

Used for replies in the SMTP conversation and for those quoted in returned mail: the same reply means the same in both.
In this order: the stage at which the server replied (RFC 5321 section 3.3: at MAIL it judges the sender, at RCPT the
recipient, after DATA the message); its words, because a status and its words often contradict each other and the words
were written for this case; the enhanced status code (RFC 3463); the reply code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.model import Stage, Whom

#: An enhanced status code, not a part of a version or of an IP address.
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")

#: Characters of a reply that are read: its reason stands at the beginning.
MAX_LENGTH = 1_000
#: At these stages the server has not heard of any recipient yet.
BEFORE_ANY_RECIPIENT = frozenset({Stage.BANNER, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL})


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whom a reply is about, and whether trying again later is pointless.

    A mailbox is dead only when `whom` is MAILBOX and `is_permanent`; a full mailbox is not permanent.
    """

    whom: Whom
    is_permanent: bool

    @property
    def is_dead_mailbox(self) -> bool:
        """Does the reply say that mail to this mailbox will never arrive?"""
        return self.whom is Whom.MAILBOX and self.is_permanent


def meaning(text: str, *, code: int = 0, status: str = "", stage: Stage | None = None) -> Meaning:
    """Whom a reply is about.

    `text` is what the server said; `code` its three-digit code, 0 when unknown; `status` its enhanced status code,
    by default the last one in `text` (the first may be a relay's own); `stage` None when unknown, as in reports.
    """
    status = status or enhanced_status(text)
    is_permanent = code >= 500 if code else not status.startswith("4")
    whom, lasts = _by_words(text) or _by_status(status) or _by_code(code)
    return Meaning(_at(stage, whom, is_permanent=is_permanent), is_permanent and lasts)


def _at(stage: Stage | None, whom: Whom, *, is_permanent: bool) -> Whom:
    """Whom a reply at `stage` is about, when its words or codes name `whom`."""
    if stage in (Stage.DATA, Stage.CONTENT):
        return Whom.MESSAGE if is_permanent and whom in (Whom.MAILBOX, Whom.UNCLEAR) else whom
    if stage in BEFORE_ANY_RECIPIENT and whom not in (Whom.LIMIT, Whom.MESSAGE):
        return Whom.US if is_permanent else Whom.SERVER
    return whom


def enhanced_status(text: str) -> str:
    """The last enhanced status code (RFC 3463) in a reply, "" when there is none; the last is the remote server's."""
    found = _STATUS.findall(text)
    return found[-1] if found else ""


# --- words -------------------------------------------------------------------------------------------


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


#: An address in a reply: one of ours (a bounce address) is the sender, any other stands as "@" in the patterns below.
_OURS = re.compile(r"<?bounces[+@][^\s<>]*>?", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+>?")

#: We sent more than the server allows. A quota that is not one of sending is the mailbox's.
_LIMIT = _words(
    r"\brate.?limit|\bthrottl|too fast|slow(?:ing)? down|unusual rate|sending rate|rate (?:exceeded|control)",
    r"too (?:many|much) (?:\w+ )?(?:messages|mails?|e-?mails|connections|sessions|transactions|recipients)\b",
    r"\b(?:hourly|daily|monthly|sending|outgoing|outbound|submission|smtp)\b[\w ]{0,20} (?:limit|quota|allowance)",
    r"\b(?:messages?|mails?|e-?mails?|connections?|sessions?|transactions?|recipients?)(?: count| rate)? limit",
    r"(?:limit|quota|maximum|number) (?:of|on|for) [\w ]{0,20}(?:messages|mails|e-?mails|connections|sessions"
    r"|transactions|recipients)",
    r"\bper (?:hour|day|minute|second|session|connection)\b",
)
#: The mailbox exists and takes nothing at the moment.
_FULL = _words(
    r"(?:mail ?box|inbox|account|folder|user|recipient|maildir|@)[^.;]{0,40}\b(?:full|voll|pleine?)\b",
    r"\bover (?:its |the )?(?:storage |disk )?(?:quota|limit)|\boverquota|quota (?:is |has been )?(?:exceeded|violation"
    r"|full)|exceed\w*[\w ]{0,24} (?:storage|quota|mailbox size)|mailbox size limit",
    r"(?:out of|insufficient|not enough|no) (?:storage|disk|space)|no space left|receiving (?:mail|messages) "
    r"(?:at a|too)",
    r"postfach[\w ]{0,20} voll|speicherplatz|buz[oó]n lleno|bo[iî]te[\w ]{0,20} pleine|casella[\w ]{0,12} piena",
    r"caixa[\w ]{0,20} cheia|postvak[\w ]{0,12} vol\b|skrzynka[\w ]{0,20} pełna|przepełnion|переполнен|\w*postkasse\w*"
    r"[\w ]{0,12} fuld|täynnä|容量|いっぱい|已满|已滿|가득",
    r"(?:mail ?box|account|user|recipient)\b[^.;]{0,30} temporarily",
)
#: The message is larger than the server takes: the one thing about a message that may already be said at MAIL.
_TOO_BIG = _words(r"message (?:size|length)|size (?:limit|exceed)|too (?:large|big)\b|exceed\w*[\w ]{0,20} size")
#: The sender, its server, its address, its reputation or its authentication.
_US = _words(
    r"spf\b|\bdkim\b|\bdmarc\b|unauthenticated|not (?:authenticated|logged in)|authentication|must (?:issue|log ?in)"
    r"|need to authenticate|\bstarttls\b|encrypt(?:ed|ion) (?:is )?required",
    r"\bsender\b|return.path|envelope.from|\bmail from\b|\bfrom (?:address|header|domain)",
    r"block.?list|black.?list|deny.?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|sorbs|uceprotect|reputation"
    r"|\bbanned\b|(?<!not )listed (?:at|by|in|on) ",
    r"\brelay(?:ing)?(?: access)?(?: (?:to|for|from) @)?(?: is| was)?(?: not| den| prohib| forbid| refus)|\bno relay"
    r"|(?:permitted|unable|refus\w*|allowed|cannot|not|don't) (?:to )?(?:be )?relay",
    r"\b(?:helo|ehlo)\b|\bptr\b|reverse (?:dns|lookup|hostname)|\brdns\b|\bip (?:address|name|lookup)|client host"
    r"|\byour (?:ip|host|server|network|domain|mail server)\b"
    r"|not (?:allowed|permitted|authori[sz]ed) to (?:send|use|submit)|(?:host|access|connection|ip|domain)\b"
    r"[^.;]{0,30} (?:blocked|banned)",
)
#: The mailbox, or its domain, does not exist or will not come back.
_DEAD = _words(
    r"(?:\b(?:user|recipient|mail ?box|address|account|person|addressee|alias|customer)s?\b|local.?part|@)"
    r"[^.;\n]{0,60}?\b(?:unknown|not (?:be )?(?:found|known|valid|active|available|local|listed|recogni[sz]ed)"
    r"|not in (?:my|our|the)"
    r"|(?:do|does|did|may) not exist"
    r"|\w{2,6}n['’]t (?:exist|(?:be )?found)|not exist|no longer|(?<!service )unavailable|disabled|de-?activated"
    r"|inactiv(?:e|ity)"
    r"|closed|suspended|terminated|expired|deleted|discontinued|invalid|dead|frozen)\b",
    r"\b(?:unknown|no such|invalid|bad|non.?existent|inactive|disabled|unroute?able|undeliverable|obsolete"
    r"|unrecogni[sz]ed|not an? (?:valid|known|existing|active))[\w -]{0,16} ?(?:user|recipient|mail ?box"
    r"|address|account"
    r"|person|addressee|local.?part|alias|name|domain|hosts?|destination|here)|previously bounced",
    r"(?:does not|n['’]t) have an? [\w. ]{0,30}account"
    r"|\bno (?:local )?(?:mailbox|user|recipient|account|one|person)\b[\w ]{0,12}"
    r" (?:here|by that|with that|of that|named)|not our customer|recipient ?not ?found|no mail ?box|wasn['’]t found at"
    r"|(?:user|recipient) ?unknown|bad_recipient"
    r"|left the (?:company|organi[sz]ation)",
    r"(?:host|domain)\b(?:[^.;\n]|\.\b){0,60} (?:unknown|not found|not exist)|unknown host"
    r"|no (?:such|mx) (?:host|domain|record)"
    r"|null ?mx|nxdomain|name or service not known|recipient address rejected: access denied",
    r"unbekannt|existiert nicht|nicht (?:bekannt|gefunden|vorhanden)|nicht[^.;\n]{0,40} (?:verzeichnet|aufgeführt)"
    r"|inconnue?\b|n['’]existe pas|désactivée?|introuvable|inexistante?\b|destinataire[\w ]{0,12} indisponible",
    r"desconocid|no existe|no se (?:ha )?(?:podido )?enc[ou]+ntr|sconosciut|non esiste|inesistente"
    r"|non (?:è stato )?trovat|(?:impossibile|possibile) trovare|não (?:existe|(?:foi |pôde ser )?encontrad)"
    r"|inexistente|desconhecid",
    r"onbekend|bestaat niet|niet (?:worden )?gevonden|nie istnieje|nieznan|nie (?:można|udało się) (?:odnaleźć|znaleźć)"
    r"|nie znaleziono|okänd|finns inte|inte (?:att )?hitta|findes ikke|finnes ikke|ikke (?:blive )?fun[dn]et"
    r"|ukendt|ukjent|tuntematon|neexistuje|neznám|nebyla? nalezen"
    r"|nem létezik|nem található|ismeretlen|bulunamadı|mevcut değil|не существует|не найден|не удалось найти|неизвестн",
    r"存在し(?:ません|ない)|宛先不明|あて先不明|見つかりません|ユーザー?(?:が|は)?不明|不存在|找不到|존재하지"
    r"|찾을 수 없",
)
#: The content of the message, or what a filter thinks of it.
_MESSAGE = _words(
    r"spam|\bjunk\b|unsolicited|virus|malware|phish|infected|\bcontent\b|attachment|\bpolic(?:y|ies)\b|filter"
    r"|suspicious|prohibit|forbidden|message (?:is |was )?(?:rejected|refused|blocked)|line (?:too|length)|\bheaders?\b"
    r"|\bmime\b|\burls?\b|rfc ?5322",
)
#: The network or the mail system, also somebody else's.
_SERVER = _words(
    r"\bloop|too many hops|hop count|expired|timed? ?out|connection (?:refused|reset|lost)|not accepting|temporar"
    r"|try (?:again )?later|service unavailable|local (?:error|configuration)|internal error|resources|gr[ae]y.?list",
)

#: The first that is found decides; the third column says whether trying again later can help.
_IN_ORDER = (
    (_LIMIT, Whom.LIMIT, True),
    (_FULL, Whom.MAILBOX, False),
    (_TOO_BIG, Whom.MESSAGE, True),
    (_US, Whom.US, True),
    (_DEAD, Whom.MAILBOX, True),
    (_MESSAGE, Whom.MESSAGE, True),
    (_SERVER, Whom.SERVER, False),
)


def _by_words(text: str) -> tuple[Whom, bool] | None:
    told = " ".join(_ADDRESS.sub("@", _OURS.sub("sender", text[:MAX_LENGTH])).split())
    return next(((whom, lasts) for words, whom, lasts in _IN_ORDER if words.search(told)), None)


# --- codes -------------------------------------------------------------------------------------------

#: RFC 3463 by class and subject. X.1.0, X.1.7 to X.1.9 are about the sender; X.4.5 is congestion, which submission
#: servers use for daily limits.
_STATUSES: tuple[tuple[str, Whom, bool], ...] = (
    (r"1\.(?:[0-6]|10)", Whom.MAILBOX, True),
    (r"1\.\d+", Whom.US, True),
    (r"2\.1", Whom.MAILBOX, True),
    (r"2\.[02]", Whom.MAILBOX, False),
    (r"2\.3|3\.4|6\.\d+", Whom.MESSAGE, True),
    (r"4\.5", Whom.LIMIT, True),
    (r"4\.4", Whom.MAILBOX, True),
    (r"[34]\.\d+|[25]\.[1-9]\d*", Whom.SERVER, False),
    (r"7\.\d+", Whom.US, True),
)


def _by_status(status: str) -> tuple[Whom, bool] | None:
    detail = status[2:]
    return next(((whom, lasts) for form, whom, lasts in _STATUSES if re.fullmatch(form, detail)), None)


def _by_code(code: int) -> tuple[Whom, bool]:
    """RFC 5321 section 4.2.2: 551 is "user not local", 552 and 452 are storage; 550, 553 and 554 may mean anything."""
    by_code = {551: (Whom.MAILBOX, True), 552: (Whom.MAILBOX, False), 452: (Whom.MAILBOX, False)}
    return by_code.get(code, (Whom.UNCLEAR, True))
