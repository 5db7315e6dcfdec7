"""Where the links of an HTML mail really lead, and whether what they show is that."""

from __future__ import annotations

import re

from deskterm.channels.mail.encoded import visible

TARGET_LIMIT = 2000
"""Characters of a target that are kept."""

_SCHEME = re.compile(r"(?:https?|mailto|tel|sms|ftps?|callto|sip|xmpp|geo|webcal|market|whatsapp):", re.I)


def target_of(href: str) -> str:
    """Return where a link really leads, as one line; empty when that is nowhere outside the mail."""
    target = visible(re.sub(r"[\t\r\n]", "", href)).strip().replace(" ", "%20")
    if target.startswith("//"):
        target = "https:" + target
    elif re.match(r"www\.[\w\-]", target, re.I):
        target = "http://" + target
    return target[:TARGET_LIMIT] if _SCHEME.match(target) else ""


def _bare(address: str) -> str:
    return re.sub(r"^(https?://|mailto:|tel:)", "", address.strip(), flags=re.I).rstrip("/").casefold()


def same(shown: str, target: str) -> bool:
    """Say whether what a link shows is where it leads."""
    bare = _bare(target)
    if target[:4].lower() == "tel:":
        return re.sub(r"\D", "", shown) == re.sub(r"\D", "", bare)
    return _bare(shown) == bare or (target[:7].lower() == "mailto:" and _bare(shown) == bare.split("?")[0])


_HOST = re.compile(r"(?:https?://)?((?:[\w\-]{1,63}\.){1,6}[a-z]{2,24})(?:[/:?#]\S*)?", re.I)


def deception(shown: str, target: str) -> tuple[str, str] | None:
    """Return the host a link shows and the one it leads to, when they belong to different owners."""
    said, real = _HOST.fullmatch(shown), re.match(r"https?://(?:[^/?#@]*@)?([^/?#:]+)", target, re.I)
    if not said or not real:
        return None
    one, other = said[1].lower(), real[1].lower()
    related = one.split(".")[-2:] == other.split(".")[-2:]
    return None if related or one.split(".")[-1] in _FILE_ENDINGS else (one, other)


_FILE_ENDINGS = (
    "pdf",
    "doc",
    "docx",
    "xls",
    "xlsx",
    "zip",
    "txt",
    "png",
    "jpg",
    "csv",
    "html",
    "js",
    "py",
    "md",
    "sh",
)
