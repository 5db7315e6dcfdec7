"""The words by which mail programs of many languages introduce what they quote, and sign from phones."""

from __future__ import annotations

import re

WROTE = re.compile(
    r"\b(?:wrote|writes|said|schrieb(?: am)?|geschrieben|a écrit|écrit|escribió|escribio|ha scritto"
    r"|scrisse|escreveu"
    r"|schreef|geschreven|napisał(?:\(a\))?|napisała|napisał/a|pisze|skrev|kirjoitti|napsal(?:\(a\))?"
    r"|napísal(?:\(a\))?|írta"
    r"|a scris|yazdı|şunları yazdı|написал(?:\(а\))?|написала|пишет|пише|έγραψε|va escriure|ha escrit"
    r"|escribeu|skreiv|skrifaði"
    r"|rašė|kirjutas|rakstīja)(?!\w)|写道|寫道|写了|のメール|のメッセージ|书かれました|書きました"
    r"|さんは書きました"
    r"|님이 작성|작성",
    re.I,
)
"""The verb of an attribution; between it and the colon some programs put the name or the time."""

OPENERS = re.compile(
    r"[\s*_>\-]*(?:(?:on|am|le|el|il|em|op|w dniu|dnia|den|på|fra|från|av|at|in data|a la|na|dne|ve|в|um"
    r"|il giorno|在"
    r"|mon|tue|wed|thu|fri|sat|sun)[ ,]|\w{2,12}\.?,? (?:den )?\d{1,2}[. ]|\d{1,4}[./年\-]"
    r"|\"?[\w.' ,()\-]{2,60}\"? \(?<)",
    re.I,
)
"""How an attribution begins: with its date, or with whom it names."""

_SEPARATED = (
    r"original message|originalnachricht|ursprüngliche nachricht|original-nachricht|message d'origine"
    r"|message original"
    r"|message initial|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    r"|origineel bericht"
    r"|oorspronkelijke bericht|oryginalna wiadomość|wiadomość oryginalna|wiadomość pierwotna"
    r"|ursprungligt meddelande"
    r"|originalmeddelande|oprindelig meddelelse|den oprindelige meddelelse|original meddelelse"
    r"|opprinnelig melding"
    r"|alkuperäinen viesti|původní zpráva|pôvodná správa|eredeti üzenet|mesaj original|orijinal mesaj"
    r"|исходное сообщение"
    r"|оригинальное сообщение|missatge original|元のメッセージ|original message header|原始邮件|邮件原件"
    r"|原邮件|原始郵件"
    r"|원본 메시지|원본 메일|reply message|reply to"
)
_PASSED_ON = (
    r"forwarded message|forwarded by .{0,80}|weitergeleitete nachricht|message transféré|message réexpédié"
    r"|mensaje reenviado|messaggio inoltrato|mensagem encaminhada|mensagem reencaminhada|doorgestuurd bericht"
    r"|przekazana wiadomość|wiadomość przekazana dalej|vidarebefordrat meddelande|videresendt meddelelse"
    r"|videresendt besked"
    r"|転送されたメッセージ|転送メッセージ|转发的邮件|转发邮件|轉寄郵件|пересылаемое сообщение"
)
_ALONE = (
    r"begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)"
    r"|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem (?:re|)encaminhada"
    r"|begin doorgestuurd bericht|początek przekazywanej wiadomości|vidarebefordrat brev"
    r"|starten på (?:den |)videresendt besked"
    r"|start på videresendt besked|転送されたメッセージ|以下是转发的邮件|下面是被转发的邮件"
)

FORWARDED = re.compile(rf"(?:[-_–—]{{2,20}}\s*(?:{_PASSED_ON})\b|^\s*(?:{_ALONE})\s?[:：])", re.I)
"""The line above a mail that was passed on."""

DIVIDERS = re.compile(
    rf"(?:[-_–—]{{2,40}}\s*(?:{_SEPARATED}|{_PASSED_ON})\s*[:：]?\s*[-_–—]{{0,40}}|(?:{_ALONE})\s?[:：])",
    re.I,
)

SUBJECT_PREFIXES = re.compile(
    r"(?:\[[^\]]{0,40}\]\s*)?(?:(?:re|aw|sv|antw|odp|res|ref)\s?[:：]\s*)?"
    r"(?:fwd?|fw|wg|tr|rv|i|enc|doorst|pd|vs|vb|vl|trs|转发|轉寄|転送)\s?[:：]",
    re.I,
)
"""How a subject of a mail that was passed on begins."""

FROM_LABELS = frozenset(
    ("from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "差出人", "送信者",
    "发件人", "寄件者", "寄件人",
     "발신", "보낸 사람", "feladó", "kimden", "expéditeur", "remitente", "mittente", "remetente",
     "afzender", "nadawca",
     "avsändare", "afsender", "od kogo", "absender")
)  # fmt: skip

SUBJECT_LABELS = frozenset(
    ("subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "temat", "ämne", "emne",
    "件名",
     "主题", "主旨", "тема", "aihe", "předmět", "konu", "제목", "tárgy", "assumpte")
)  # fmt: skip

TIME_LABELS = frozenset(
    ("sent", "date", "gesendet", "datum", "envoyé", "date d'envoi", "enviado", "enviado el", "enviada em",
     "enviado em", "fecha", "inviato", "data", "verzonden", "wysłano", "wysłane", "skickat", "sendt", "dato",
     "送信日時", "日時", "发送时间", "发送日期", "日期", "時間", "寄件日期", "дата", "отправлено",
     "lähetetty",
     "odesláno", "enviat", "gönderildi", "보낸 날짜", "날짜", "elküldve")
)  # fmt: skip

BEGINNINGS = FROM_LABELS | TIME_LABELS | SUBJECT_LABELS
"""Labels that the copied head of a mail may begin with."""

HEADER_LABELS = BEGINNINGS | frozenset(
    ("to", "cc", "reply-to", "importance", "attachments", "an", "kopie", "antwort an", "priorität", "à",
    "a", "copie", "répondre à",
     "para", "cco", "per", "aan", "do", "dw", "till", "kopia", "til", "kopi", "宛先", "收件人", "抄送",
     "收件者", "副本", "кому",
     "копия", "vastaanottaja", "komu", "받는 사람", "참조", "címzett", "kime", "bcc", "importanza",
     "wichtigkeit")
)  # fmt: skip

_DEVICE = (
    r"(?:iphone|ipad|ios|apple|android|samsung|galaxy|huawei|nokia|blackberry|mobile|phone|smartphone"
    r"|windows|outlook"
    r"|yahoo|proton|gmail|gmx|web\.de|spark|tablet|htc|sony|xperia|xiaomi|redmi|nine|bluemail|k-9"
    r"|thunderbird|mailbird"
    r"|canary|fairemail|handheld|tutanota|telekom|t-online|libero|orange|uol|bol|telef|téléphone|móvil"
    r"|handy|mail)"
)
MOBILE = re.compile(
    rf"(?:sent (?:from|with|by|via) (?:my |the |an? |)(?:secure )?{_DEVICE}.{{0,60}}"
    r"|get outlook for (?:ios|android|mac).{0,60}"
    r"|von (?:meinem|meiner|mein)\b.{0,50}(?:gesendet|geschickt|verschickt|geschrieben)"
    rf"|(?:gesendet|verschickt) (?:von|mit|aus|über) (?:meinem|meiner|mein|der|dem"
    rf"|)\s?.{{0,20}}{_DEVICE}.{{0,60}}"
    r"|(?:von unterwegs|mobil) (?:gesendet|verschickt).{0,30}"
    r"|diese nachricht wurde von (?:meinem|meiner|mein)\b.{0,80}"
    r"|(?:laden sie |holen sie sich )outlook für (?:ios|android).{0,60}|outlook für (?:ios"
    r"|android) beziehen.{0,60}"
    rf"|envoyé (?:de|depuis|à partir d[eu]|avec) (?:mon|ma|l['’]|un|{_DEVICE}).{{0,60}}"
    r"|(?:obtenir|télécharger) outlook pour .{0,60}"
    rf"|enviad[oa] (?:desde|con|de|do|da|a partir do|através do|com|via) (?:mi|el|un|o|meu|minha"
    rf"|{_DEVICE})\b.{{0,60}}"
    r"|obtener outlook para .{0,60}|(?:obter|baixar) (?:o )?outlook para .{0,60}"
    rf"|inviato (?:da|dal|dallo|con) (?:mio|il mio|un|{_DEVICE}).{{0,60}}|(?:ottieni"
    rf"|scarica) outlook per .{{0,60}}"
    rf"|(?:verstuurd|verzonden) (?:vanaf|vanuit|met|via) (?:mijn|een|{_DEVICE}).{{0,60}}"
    r"|outlook voor (?:ios|android) downloaden.{0,60}"
    rf"|wysłan[eo] (?:z|ze|za pomocą) (?:mojego|telefonu|{_DEVICE}).{{0,60}}|pobierz (?:aplikację "
    rf"|)outlook.{{0,60}}"
    rf"|skickat från (?:min|mitt|{_DEVICE}).{{0,60}}|hämta outlook för .{{0,60}}"
    rf"|sendt fra (?:min|mit|{_DEVICE}).{{0,60}}|hent outlook (?:til|for) .{{0,60}}"
    r"|.{0,30}(?:iphone|ipad|android|スマートフォン|スマホ|携帯)から送信.{0,20}"
    r"|outlook for (?:ios|android) を入手.{0,40}"
    r"|(?:从我的|發自我的|发自我的|发自|從我的|發自) ?.{0,30}"
    r"(?:iphone|ipad|手机|手機|小米|华为|android|邮箱|mail).{0,20}"
    r"|获取适用于 ?(?:ios|android) ?的 ?outlook.{0,40}"
    r"|отправлено (?:с|из) (?:моего|мобильн|почты|.{0,10}(?:iphone|ipad|android|mail)).{0,60})[.!]?",
    re.I,
)
"""What phones and their programs add below a mail."""
