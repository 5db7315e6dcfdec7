"""Turns messages into painted lines: author, bar, wrapped text, dimmed quotes; for preview and ticket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from deskterm.domain.kinds import MessageKind
from deskterm.domain.plain import clean_line, clean_text
from deskterm.ui.late import Late
from deskterm.ui.safe import fit
from deskterm.ui.theme import Palette
from deskterm.ui.widgets.clock import ago, hour

if TYPE_CHECKING:
    from deskterm.domain import mentions, outgoing
    from deskterm.domain.ticket import Message
else:
    mentions, outgoing = Late("deskterm.domain.mentions"), Late("deskterm.domain.outgoing")

Line = list[Segment]
BARS = {"customer": "▎", "agent": "▌", "internal": "┋", "system": "┊"}
"""Whose side a text is on, where its heading is out of sight and colours cannot be told apart."""
INDENT = 2
"""Cells before the text: the bar and a space."""

SPEAKS = {
    "customer": "customer",
    "agent": "agent reply",
    "internal": "internal note",
    "system": "system message",
}
"""What a message is called in its heading."""

FOLD = "… "
"""How a line begins that stands for more."""

FEW_QUOTED = 3
"""So many quoted lines are not worth folding."""

UNSEEN = (MessageKind.INTERNAL, MessageKind.SIDE)
"""What the requester never reads: violet, whoever wrote it."""

LONGEST = 20_000
"""Lines painted of one message; who needs more of it opens it in $EDITOR."""


class Setting(NamedTuple):
    """What lines depend on besides the message."""

    width: int
    look: Palette
    now: datetime
    zone: tzinfo
    home: int = 0
    """The ticket that is read: messages of others, merged into it, carry their number."""
    unfolded: bool = False
    """Whether quotes are shown; folded, a line says how many there are."""
    logins: frozenset[str] = frozenset()
    """Who can be mentioned, folded: mentions are in the colour of links."""
    origins: Mapping[int, str] | None = None
    """What wrote a message (id), where nobody typed it: a macro or a rule, by its name."""
    sides: tuple[tuple[int, str], ...] = ()
    """The side conversations beside the ticket, and how each is called."""


def wrap(text: str, width: int) -> Iterator[str]:
    """Break text into lines of at most `width` cells: between words where possible, else inside them."""
    for line in text.split("\n"):
        yield from _wrap_line(line.rstrip(), max(2, width))


def _wrap_line(line: str, width: int) -> Iterator[str]:
    if line.isascii() and len(line) <= width:
        yield line
        return
    held, cells = "", 0
    for word in _words(line):
        bare = word.rstrip(" ")
        spaces = len(word) - len(bare)
        size = cells_of(bare)
        if held and cells + size > width:
            yield held.rstrip(" ")
            held, cells = "", 0
        if size > width:
            *full, bare = _pieces(bare, width)
            yield from full
            size = cells_of(bare)
        held += bare + " " * spaces
        cells += size + spaces
    yield held.rstrip(" ")


def cells_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def _words(line: str) -> Iterator[str]:
    """Yield words with the spaces after them; spaces at the beginning belong to the first word."""
    begin, seen_word, in_gap = 0, False, False
    for at, char in enumerate(line):
        if char == " ":
            in_gap = seen_word
        else:
            if in_gap:
                yield line[begin:at]
                begin, in_gap = at, False
            seen_word = True
    yield line[begin:]


def _pieces(word: str, width: int) -> Iterator[str]:
    """Cut a word into pieces that fit, never through a character or off its accents."""
    if word.isascii():
        for at in range(0, len(word), width):
            yield word[at : at + width]
        return
    begin, cells = 0, 0
    for at, char in enumerate(word):
        size = get_character_cell_size(char)
        if cells + size > width:
            yield word[begin:at]
            begin, cells = at, 0
        cells += size
    yield word[begin:]


def message_lines(message: Message, setting: Setting) -> list[Line]:
    """Return a message as lines: who and when, then its text behind a bar that says whose side it is on."""
    look = setting.look
    lines = [_heading(message, setting)]
    bar = Segment(BARS[speaker(message)] + " ", _bar_style(message, look))
    room = max(8, setting.width - INDENT - 1)
    if message.retracted:
        lines.append([bar, Segment("taken back", look.label)])
        return lines
    for count, text in enumerate(_body(message.text, room, setting.unfolded)):
        if count == LONGEST:
            lines.append([bar, Segment("… the rest of this message is not shown", look.label)])
            break
        quoted = text.lstrip().startswith((">", FOLD))
        if quoted or message.agent is None or message.kind is MessageKind.SIDE:
            lines.append([bar, Segment(text, look.label if quoted else look.plain)])
        else:
            lines.append([bar, *_with_mentions(text, setting)])
    if message.shortened and not setting.unfolded:
        lines.append([bar, Segment(f"{FOLD}the mail says more: quoted text or a signature", look.label)])
    lines += [[bar, *_attachment(name, size, look, room)] for name, size in _files(message)]
    return lines


def _with_mentions(text: str, setting: Setting) -> Line:
    look, at = setting.look, 0
    line: Line = []
    for span in mentions.spans(text, setting.logins):
        line.append(Segment(text[at : span.start], look.plain))
        line.append(Segment(text[span.start : span.end], look.accent))
        at = span.end
    return [*(part for part in line if part.text), Segment(text[at:], look.plain)]


def _body(text: str, room: int, unfolded: bool) -> Iterator[str]:
    lines = clean_text(text).rstrip("\n").split("\n")
    for line in lines if unfolded or ">" not in text else _folded(lines):
        quoted = line.startswith(">")
        for at, part in enumerate(wrap(line, room - 2 if quoted else room)):
            yield f"> {part}" if quoted and at else part


def _folded(lines: list[str]) -> Iterator[str]:
    """Put one line in place of a quote of more than FEW_QUOTED; what only quotes is not folded away whole."""
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and lines[end].lstrip().startswith(">"):
            end += 1
        if end - at > FEW_QUOTED and end - at < len(lines):
            yield f"{FOLD}{end - at:,} quoted lines"
        else:
            yield from lines[at : max(end, at + 1)]
        at = max(end, at + 1)


def speaker(message: Message) -> str:
    """Say who speaks: customer, agent, internal (not for the requester) or system (the desk itself)."""
    if message.kind in UNSEEN:
        return "internal"
    if message.from_customer:
        return "customer"
    return "agent" if message.agent is not None else "system"


def _bar_style(message: Message, look: Palette) -> Style:
    if message.kind in UNSEEN:
        return look.note
    return look.accent if message.agent is not None else look.rule


def _heading(message: Message, setting: Setting) -> Line:
    """The author's line: name, what it is, when; how long ago at the right."""
    look = setting.look
    when = hour(message.at, setting.now, setting.zone)
    name = clean_line(message.author, 60) or ("requester" if message.from_customer else "deskterm")
    who = speaker(message)
    style = look.note if who == "internal" else look.muted
    channel, address = clean_line(message.channel, 20), clean_line(message.address, 80)
    origin = clean_line((setting.origins or {}).get(message.id, ""), 80)
    called = SPEAKS[who] if message.kind is not MessageKind.SIDE else _side_of(message, setting)
    words = [called, channel if who == "customer" else "", when, origin]
    words += [address] if who == "customer" and address != name else []
    since = ago(message.at, setting.now)
    badge = f" #{message.ticket}" if setting.home and message.ticket != setting.home else ""
    room = max(4, setting.width - INDENT - cell_len(since) - len(badge) - 2)
    name = fit(name, min(room, cell_len(name)))
    fate = _fate(message, setting)
    about = " " + " · ".join(filter(None, words))
    left = room - cell_len(name)
    if fate is not None and message.kind is MessageKind.SIDE:
        # What it is called may be long; whether its mail has left is seen all the same.
        about = fit(about, min(cell_len(about), max(left // 2, left - cell_len(fate[0]))))
    about = fit(about, min(left, cell_len(about))) if left > 4 else ""
    left -= cell_len(about)
    said = fit(fate[0], min(left, cell_len(fate[0]))) if fate is not None and left > 4 else ""
    gap = " " * (left - cell_len(said))
    return [
        Segment(" " * INDENT, look.plain),
        Segment(name, look.bold),
        *([Segment(badge, look.accent)] if badge else ()),
        Segment(about if said else about + gap, style),
        *([Segment(said + gap, fate[1])] if fate is not None and said else ()),
        Segment(" " + since, look.label),
    ]


def _side_of(message: Message, setting: Setting) -> str:
    return next((label for side, label in setting.sides if side == message.side), "side conversation")


def _fate(message: Message, setting: Setting) -> tuple[str, Style] | None:
    """Say what became of the mail a message went out as; only what needs somebody is in a colour."""
    if message.fate is None:
        return None
    look, failed = setting.look, message.fate.state is outgoing.OutState.FAILED
    words = " · " + clean_line(outgoing.fate_words(message.fate, setting.now), 200)
    return words, look.breached if failed else look.label


def _files(message: Message) -> Iterable[tuple[str, int]]:
    return ((attachment.name, attachment.size) for attachment in message.attachments)


def _attachment(name: str, size: int, look: Palette, room: int) -> Line:
    amount = f"  {size_text(size)}"
    shown = clean_line(name)
    shown = fit(shown, min(cell_len(shown), max(4, room - 2 - len(amount))))
    return [Segment(f"▤ {shown}", look.plain), Segment(amount, look.muted)]


def size_text(size: int) -> str:
    """Write a size in bytes the way people say it."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def conversation_lines(messages: Iterable[Message], setting: Setting) -> list[Line]:
    """Return messages under each other, with an empty line between."""
    lines: list[Line] = []
    for message in messages:
        if lines:
            lines.append([])
        lines += message_lines(message, setting)
    return lines


def to_strip(line: Line, width: int, ground: Style) -> Strip:
    """Turn a line into a strip of exactly `width` cells."""
    strip = Strip(line)
    if strip.cell_length < width:
        strip = Strip([*line, Segment(" " * (width - strip.cell_length), ground)], width)
    return strip.crop(0, width)
