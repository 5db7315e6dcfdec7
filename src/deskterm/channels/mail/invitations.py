"""Calendar invitations in one line of words: what, when, where, and who asks."""

from __future__ import annotations

import re

from deskterm.channels.mail.encoded import one_line

MOST_LINES = 20_000
_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Another time",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d{0,2}(Z?))?")


def summary(ics: str) -> str:
    """Return an invitation as `[Invitation: Planning, 2026-11-24 10:00–11:00 UTC, Room 2, by ana@…]`.

    Empty when it holds no event.
    """
    fields: dict[str, tuple[str, str]] = {}
    method = ""
    inside = depth = 0
    for line in _lines(ics):
        head, _, value = line.partition(":")
        name, _, options = head.partition(";")
        name = name.strip().upper()
        if name == "METHOD":
            method = method or value.strip().upper()
        elif name == "BEGIN":
            if value.strip().upper() == "VEVENT":
                inside += 1
            elif inside:
                depth += 1  # an alarm has a summary of its own
        elif name == "END":
            if value.strip().upper() == "VEVENT":
                break
            depth = max(0, depth - 1)
        elif inside == 1 and depth == 0 and name not in fields:
            fields[name] = (options, value)
    if not fields:
        return ""
    kind = _METHODS.get(method, "Appointment")
    parts = [_said(fields.get("SUMMARY", ("", ""))[1]) or "no title"]
    if when := _when(fields):
        parts.append(when)
    if where := _said(fields.get("LOCATION", ("", ""))[1]):
        parts.append(where)
    if organizer := fields.get("ORGANIZER"):
        parts.append("by " + one_line(re.sub(r"^mailto:", "", organizer[1].strip(), flags=re.I), 200))
    if method == "REPLY":
        answer = re.search(r"PARTSTAT=([A-Z\-]{1,20})", fields.get("ATTENDEE", ("", ""))[0], re.I)
        if answer:
            parts.append(_ANSWERS.get(answer[1].upper(), answer[1].lower()))
    return one_line(f"[{kind}: {', '.join(parts)}]", 1000)


def _lines(ics: str) -> list[str]:
    lines: list[list[str]] = []
    for line in ics.replace("\r\n", "\n").split("\n")[:MOST_LINES]:
        if line[:1] in (" ", "\t") and lines:
            lines[-1].append(line[1:])
        else:
            lines.append([line])
    return ["".join(parts) for parts in lines]


def _said(value: str) -> str:
    value = value.replace("\\n", " ").replace("\\N", " ")
    return one_line(re.sub(r"\\(.)", r"\1", value[:4000]), 200)


def _when(fields: dict[str, tuple[str, str]]) -> str:
    options, value = fields.get("DTSTART", ("", ""))
    start = _STAMP.match(value.strip())
    if start is None:
        return ""
    end = _STAMP.match(fields.get("DTEND", ("", ""))[1].strip())
    day = f"{start[1]}-{start[2]}-{start[3]}"
    if start[4] is None:
        return day
    text = f"{day} {start[4]}:{start[5]}"
    if end and end[4] is not None:
        same = end.group(1, 2, 3) == start.group(1, 2, 3)
        text += f"–{end[4]}:{end[5]}" if same else f" – {end[1]}-{end[2]}-{end[3]} {end[4]}:{end[5]}"
    zone = re.search(r"TZID=\"?([^;:\"]{1,60})", options, re.I)
    return text + (" UTC" if start[6] else f" {one_line(zone[1])}" if zone else "")
