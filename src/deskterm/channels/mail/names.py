"""Names of attachments: labels that are safe to show and to offer, whatever the sender called the file."""

from __future__ import annotations

import re
import unicodedata

NAME_BYTES = 255

_BAD = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)
_SUFFIXES = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf", "text/rtf": ".rtf", "image/jpeg": ".jpg", "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp", "image/svg+xml": ".svg", "image/tiff": ".tif", "image/bmp": ".bmp",
    "image/heic": ".heic",
    "application/pdf": ".pdf", "application/zip": ".zip", "application/json": ".json",
    "application/xml": ".xml",
    "text/xml": ".xml", "application/ms-tnef": ".dat", "application/pgp-signature": ".asc",
    "application/pgp-keys": ".asc", "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m", "message/rfc822": ".eml",
    "message/global": ".eml", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt",
    "message/disposition-notification": ".txt", "audio/mpeg": ".mp3", "audio/wav": ".wav",
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
}  # fmt: skip


def clean_name(name: str) -> str:
    """Return a file's name as a label: its last component, visible characters only, at most 255 bytes.

    What would be a separator, a control or turn the direction of writing is `_`; the extension survives
    cutting. Empty when nothing is left.
    """
    last = re.split(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]", name[:10_000].strip())[-1]
    last = "".join(["_" if unicodedata.category(char) in _UNSEEN else char for char in last])
    last = re.sub(r"\s+", " ", _BAD.sub("_", last)).strip(" .")
    if not last.strip("_. "):
        return ""
    if _DEVICES.fullmatch(last):
        last = f"_{last}"
    return _cut(last)


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _cut(name: str) -> str:
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    tail = (dot + suffix) if stem and len(suffix.encode()) <= 20 else ""
    room = NAME_BYTES - len(tail.encode())
    body = (stem if tail else name).encode()[:room].decode("utf-8", "ignore")
    return body.rstrip(" .") + tail


def made_name(stem: str, media_type: str) -> str:
    """Return a name for what came without one."""
    return clean_name(stem + _SUFFIXES.get(media_type, ".bin")) or "attachment.bin"
