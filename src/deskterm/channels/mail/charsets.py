"""Bytes into text whatever their label says: unknown, wrong and missing charsets, and broken sequences."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_ALIASES = {
    # What old and careless programs write for what they mean. A superset stands in for its subset,
    # because letters of the superset turn up under the subset's name.
    "ascii": "ascii",
    "us-ascii": "ascii",
    "usascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "646": "ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "ansi": "cp1252",
    "cp-1252": "cp1252",
    "windows1252": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "utf8mb4": "utf_8",
    "utf": "utf_8",
    "utf-8-sig": "utf_8",
    "unicode": "utf_16",
    "unicode-1-1-utf-7": "utf_7",
    "unicode-1-1-utf-8": "utf_8",
    "x-unicode-2-0-utf-7": "utf_7",
    "x-user-defined": "cp1252",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "x-euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "x-windows-949": "cp949",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "koi8": "koi8_r",
    "x-koi8-r": "koi8_r",
    "dos-862": "cp862",
    "cp-850": "cp850",
    "ibm-850": "cp850",
}

_TEXTUAL = re.compile(
    r"(ascii|utf_8|utf_7|utf_16(_[bl]e)?|utf_32(_[bl]e)?|cp\d+|iso8859_\d+|koi8_[rtu]|kz1048|mac_\w+"
    r"|gb18030|gbk|gb2312|hz"
    r"|big5(hkscs)?|euc_(jp|jis_2004|jisx0213|kr)|shift_jis(_2004|x0213)?|iso2022_(jp(_\w+)?|kr)|johab"
    r"|tis_620|ptcp154|hp_roman8)"
)
"""The codecs that may be named from outside: those that read letters, and none that runs or unpacks."""

SAMPLE = 20_000
"""Bytes that a charset is guessed from."""

_NOISE = re.compile(r"[\s\"'<>;,]+|\$.*")
_JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\(J")
_HIGH = re.compile(rb"[\x80-\xff]")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SINGLE = ("cp1252", "ascii", "iso8859_15", "cp1250", "cp1254")
_BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)


@lru_cache(256)
def codec_of(label: str) -> str:
    """Return the codec that a charset's label means, empty when nothing is known by that name."""
    name = _NOISE.sub("", label[:100].lower()).removeprefix("charset=")
    name = name.removeprefix("3d").split("*")[0].strip("._-=?")
    if not name.isascii():
        return ""
    for spelling in (name, name.removeprefix("x-"), name.replace("_", "-"), name.removeprefix("cs")):
        if spelling in _ALIASES:
            return _ALIASES[spelling]
        try:
            found = codecs.lookup(spelling).name.replace("-", "_")
        except (LookupError, ValueError, UnicodeError):
            continue
        if found in _ALIASES.values() or _TEXTUAL.fullmatch(found):
            return _ALIASES.get(found.replace("_", "-"), found)
    return ""


def decode(data: bytes, label: str = "", fallback: str = "") -> str:
    """Return the text of `data`, which claims to be in the charset `label`; never fails.

    UTF-8 is recognised under any label of single bytes, because a text that is valid UTF-8 by chance does not
    happen. Without a usable label, `fallback` (the label of what it stands beside) is tried before a guess.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            if codec == "utf_16" and len(data) % 2:
                data = data[:-1]  # the line feed that every mail ends with is half a character here
            return _mended(data.decode(codec, "replace"))
    codec = codec_of(label) if label else ""
    if codec in ("", "ascii") and data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    if codec in _SINGLE or codec == "":
        return _mended(_guessed(data, codec, codec_of(fallback) if fallback else ""))
    if codec == "utf_8":
        return _mended(_as_utf8(data, codec_of(fallback) if fallback else ""))
    if codec in ("utf_16", "utf_32") or codec.startswith(("utf_16_", "utf_32_")):
        if not data.count(b"\0"):
            return _mended(_guessed(data, "", ""))  # the label of a program's inside, on bytes of its outside
        if codec == "utf_16":
            codec = "utf_16_be" if data[:1] == b"\0" else "utf_16_le"
    try:
        return _mended(data.decode(codec))
    except (UnicodeError, ValueError):
        pass
    if codec not in ("utf_7", "hz") and _valid_utf8(data):
        return data.decode("utf-8")
    return _mended(data.decode(codec, "replace"))


def _guessed(data: bytes, codec: str, beside: str) -> str:
    if _JAPANESE.search(data):
        return data.decode("iso2022_jp_ext", "replace")
    if _valid_utf8(data):
        return data.decode("utf-8")
    for name in (codec, beside):
        if name and name not in ("ascii", "utf_8"):
            try:
                return data.decode(name)
            except (UnicodeError, ValueError):
                continue
    return data.decode("utf-8", "replace") if _mostly_utf8(data) else _windows(data)


def _as_utf8(data: bytes, beside: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Mostly broken sequences are no broken UTF-8 but another charset under its name.
        if _mostly_utf8(data):
            return data.decode("utf-8", "replace")
        if beside and beside not in ("ascii", "utf_8"):
            return data.decode(beside, "replace")
        return _windows(data)


def _mostly_utf8(data: bytes) -> bool:
    """Say whether most of what is no ASCII is UTF-8, by the first bytes that tell."""
    first = _HIGH.search(data)
    sample = data[first.start() : first.start() + SAMPLE] if first else b""
    return len(_SEQUENCE.findall(sample)) * 4 > len(_HIGH.findall(sample))


def _valid_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _windows(data: bytes) -> str:
    """Return text of Windows' western charset; its five holes are what Latin 1 has there."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.translate(_HOLES).decode("cp1252", "replace")


_HOLES = bytes(0x3F if code in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else code for code in range(256))


def _mended(text: str) -> str:
    """Return `text` without a byte order mark, and with what no text can hold replaced."""
    text = text.removeprefix("\ufeff")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
