"""Words by which mail systems, and automatic replies, are known, in the languages seen. Pure.

Patterns for text whose blanks are single; each matches in any case. None repeats a repeat, so each takes linear time.
"""

from __future__ import annotations

import re
import unicodedata

#: How letters are written where a system knows ASCII alone.
_PLAIN = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "ł": "l", "ı": "i", "đ": "d"}


def _any(*alternatives: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile("".join(_spellings(sign) for sign in "|".join(alternatives)), flags)


def _spellings(sign: str) -> str:
    """A pattern for one letter with or without its accent: "ü", "u" and "ue"."""
    bare = unicodedata.normalize("NFD", sign)[0]
    is_latin = "LATIN" in unicodedata.name(sign, "") and not sign.isascii()
    return f"(?:{'|'.join(dict.fromkeys((sign, bare, _PLAIN.get(sign, bare))))})" if is_latin else sign


#: Who sends notices of failed delivery: a name or the local part of an address.
MAIL_SYSTEM = _any(
    r"mailer[ _.-]*daemon|mdaemon|post[ _-]?master|post ?office|mail ?delivery|\bmta\b|\bbounces?@|undeliver",
    r"deliver(?:y|ies)[ _-]*(?:sub)?(?:system|agent|notif|report|service)",
    r"mail[ _-]*(?:system|administrator|router|robot|gateway|server|transfer|scan|secur|filter|sweep|marshal)",
    r"system(?: |-)?administrator|administrateur syst|amministratore di sistema|administrador del sistema",
    r"microsoft (?:outlook|exchange)|smtpd? ?(?:server|gateway|daemon)|smtp[ _-]*gateways?\b|anti-?virus|pmdf",
    r"mimesweeper",
    r"メール(?:配信|サーバ)|メーラーデーモン",
)

_ENGLISH = (
    r"undeliver|non[ -]?deliver|not (?:be |been |yet been )?deliver|delivery (?:status )?(?:notification|report)",
    r"deliver[ey]+ (?:has |was |is |to [^ ]+ |attempt )*(?:fail|error|problem|unsuccessful|delay|suspended|incomplete)",
    r"deliver(?:y|ing)? (?:to )?(?:the |these |your )?(?:following|message|mail)[^.]{0,60}(?:fail|delay|postponed)",
    r"fail(?:ure|ed)? (?:notice|to (?:be )?(?:deliver|sen[dt])|delivery|mail)|failed (?:address|recipient)",
    r"returned (?:mail|message|e-?mail|to sender|undelivered)|mail (?:system )?(?:fail|error|bounce)",
    r"(?:message|mail|address)(?:\(?e?s\)?)? (?:you sent )?(?:could|can|was|were|has|have|did|is)(?: ?not|n.t) "
    r"(?:be |been |reach |accepted)*(?:delivered|sent|processed|reach|accepted|recogni)",
    r"(?:unable|not able|was ?n.t able|impossible) to (?:send|deliver|relay|be delivered)",
    r"(?:could|can)(?: ?not|n.t) (?:deliver|send)|did not reach|address(?:es)? (?:failed|not found|did not work)",
    r"had (?:permanent|transient) (?:fatal|non-fatal)|permanent(?:ly)? (?:error|fail)|automatically rejected",
    r"(?:mail|message) (?:is |was )?(?:\S+ )?(?:delayed|rejected|blocked|bounced)|(?:mail|message) has been returned",
    r"still being retried|transcript of session follows|invalid final delivery",
)
_GERMAN_AND_DUTCH = (
    r"zustellbar|nicht (?:zugestellt|ausgeliefert|übermittelt|zustellen)|unzustell|fehler bei der (?:zustell|überm)",
    r"(?:zustell|übermittlung|auslieferung)\w* ?(?:ist |war |der \w+ )?(?:fehl|gescheitert|verzögert|nicht)",
    r"zurück(?:gesandt|geschickt|gewiesen)e?",
    r"onbestel|niet (?:af)?(?:geleverd|bezorgd|besteld)|bezorging (?:is )?mislukt|niet worden (?:bezorgd|afgeleverd)",
)
_FRENCH = (
    r"non[ -](?:remi[st]|délivr|distribu)|échec (?:de |d.|lors )|courrier (?:est )?(?:retourné|refusé)",
    r"n.a(?:i)? pas (?:pu )?(?:être )?(?:pu )?(?:être )?(?:remi[st]|délivr|distribu|achemin|envoy)",
    r"impossible (?:de |d.)(?:remettre|délivrer|distribuer|envoyer)|retour(?:né)? à l.expéditeur",
)
_SPANISH_ITALIAN_PORTUGUESE = (
    r"no (?:se |ha |pudo |puede |podido |fue |ser |sido )*(?:entreg|envi|distribu)",
    r"(?:error|fallo|fallido|problema) (?:de|en) (?:la |el )?(?:entrega|envío)",
    r"(?:correo|mensaje|email) (?:electrónico )?(?:devuelto|rechazado|no entreg)",
    r"non (?:è |stato |sono |stati |può |essere |potuto |ha )*(?:recapit|consegn|inviat)",
    r"mancat[ao] (?:recapito|consegna)",
    r"impossibile (?:recapitare|consegnare|inviare)|errore (?:di|nella|durante la) (?:consegna|recapito)",
    r"stato del recapito",
    r"notific\w+ (?:di|sullo|sobre el|de|do) (?:stato|mancat|estado|status|entrega)",
    r"não (?:foi |é possível |pôde |pode |ser |sido )*(?:entreg|enviad)|(?:falha|erro) (?:na|de|no) (?:entrega|envio)",
    r"(?:mensagem|e-?mail) devolvid",
)
_OTHERS = (
    r"niedostarcz|nie dostarcz|(?:błąd|niepowodzenie) (?:dostarcz|doręcz)",
    r"nie (?:można|może|udało się|została?|zostały|mogła?) (?:było |być |jej |jest )*(?:dostarcz|doręcz|wysła)",
    r"(?:går|gick) inte att leverera|levering(?:en)? mis?lyk|kunne ikke sendes|dostarczenie nie powiodło",
    r"nedoruč|nelze doručit|nebyla? doručen|(?:kunde|kan) (?:inte|ikke) (?:levereras|skickas|leveres)",
    r"olevere|kunne ikke leveres|ikke lever|inte lever|ei voitu toimittaa|toimit\w+ epäonnistui",
    r"kézbesíthet|nem kézbesít|sikertelen kézbesítés|teslim edileme|iletileme",
    r"не (?:может быть |могло быть |было |был |была |удалось )*доставл|не удалось доставить|недоставл",
    r"(?:ошибка|сбой) (?:при )?доставк|невозможно доставить",
    r"配信(?:不能|でき|エラー|に失敗|失敗|不可)|配送(?:でき|エラー|不能)|配達(?:でき|不能|エラー)|不達|未配信|エラーメール|返送",
    r"(?:送信|送付|お届け|転送)(?:が|を|は)?(?:でき|エラー|に失敗|失敗)|宛先(?:不明|が(?:不明|見つか|存在))",
    r"退信|无法(?:投递|送达|发送|传递)|未(?:送达|能送达)|(?:投递|发送|传递|投遞|傳送|寄送)失[败敗]|無法(?:傳送|投遞|送達|寄)",
    r"반송|(?:전송|배달|전달|수신|발송) ?(?:실패|되지|할 수 없)",
)

#: That a mail was not delivered, or not yet.
FAILURE = _any(*_ENGLISH, *_GERMAN_AND_DUTCH, *_FRENCH, *_SPANISH_ITALIAN_PORTUGUESE, *_OTHERS)

_REPLIES = (
    r"automatic (?:reply|response)|out of (?:the )?office|ooo\b|on (?:vacation|leave|holiday)|vacation|away from",
    r"auto(?:mated)?[ -]?(?:reply|response|responder|antwort|svar|risposta|resposta|respuesta)|auto:|i am (?:away|out)",
    r"abwesen|automatische (?:antwort|abwesen)|automatisch antwoord|afwezig|réponse automatique|absence\b|absent",
    r"respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|resposta automática",
    r"fora d[oe] escritório|automatyczna odpowiedź|odpowiedź automatyczna|automatická odpověď|autom[a-z]+ svar",
    r"frånvaro|fravær|automaattinen|automatikus válasz|otomatik yanıt|автоматический ответ|автоответ|отсутств",
    r"自動(?:応答|返信)|不在|自动(?:回复|答复)|自動(?:回覆|回复)|자동 ?(?:응답|회신)|부재",
)

#: How the subject of a reply that nobody wrote begins, or ends: out of office, "we have received your mail".
AUTOMATIC_REPLY = _any(rf"(?:^|[\[(]|: ?)(?:{'|'.join(_REPLIES)})")

#: A mail system asks its sender to prove to be a person.
CHALLENGE = _any(
    r"confirm (?:that )?(?:your|this|you) (?:message|e-?mail|mail|are)|prove (?:that )?you|challenge",
    r"(?:click|visit|follow)[^.]{0,40}link[^.]{0,80}(?:deliver|allowed|approved|verify|confirm)",
    r"whitelist|allowed list|guest list",
)

#: That a mail waits and is tried again.
DELAY = _any(
    r"\bdelayed\b|delay(?:ed)? (?:in )?(?:mail|delivery)|not yet been delivered|warning message only",
    r"still being retried|will (?:be retried|keep trying|continue to (?:try|be))|has been (?:postponed|queued)",
    r"no action is required|temporar(?:y|ily) (?:fail|undeliver|problem)|verzögert|retardé|retrasad",
    r"ritardat|遅延|延迟",
)

#: What a filter lists for the people whose mail it holds, and a link with which who wants their password goes fishing.
QUARANTINE = _any(r"quarantin|quarantain|quarantän|cuarentena|隔離|spam (?:digest|summary|report)")
LINK = re.compile(r"https?://", re.IGNORECASE)

_COPY = (
    r"(?:a |the |an? )?copy of|below this line|(?:start|beginning) of|headers? of|the headers?|text of (?:your|the)",
    r"(?:your |the )?(?:original|returned|unsent|undelivered|old) (?:message|e-?mail|mail)\b[ \t]*"
    r"(?:follow|below|is\b|text|header|attach|[:*=_-]|$)",
    r"message (?:header|text follows|follows)|your message (?:reads|follows)|returned mail follows",
    r"(?:the )?(?:first|body|full) [^\n]{0,30}(?:message|mail)",
    r"kopie der|ursprüngliche nachricht|originalnachricht|message d.origine|mensaje original|messaggio originale",
    r"元の(?:メッセージ|メール)|原始(?:邮件|郵件)",
)

#: The line at which a notice ends and the mail that it returns begins.
RETURNED_COPY = _any(
    rf"^[ \t>*_=#+-]*(?:\[?(?:this|here|below|included|following) is )?(?:{'|'.join(_COPY)})",
    flags=re.IGNORECASE | re.MULTILINE,
)
