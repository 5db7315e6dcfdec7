"""What text from outside may look like when it reaches a terminal or a search index."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.plain import TOKEN_LIMIT, clean_line, clean_text, fold, fold_tokens

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # every code point, lone surrogates too
HOSTILE = st.text(
    st.sampled_from("a1 \x00\x07\x1b\x7f\x9b\x9d\u202e\u2066\u200b\u200c\u200d\ufe0e\ufe0f\u20e3👩🔧❤न\u094d"
                    "\U000e0041\ud800\u2028\u2029\r\n\t\u0301\u115f\u00a0\u3000…‹"),
    max_size=60,
)  # fmt: skip
JOINERS = "\u200d\ufe0e\ufe0f"


def dangerous(char: str) -> bool:
    """The set that must never reach a terminal, written independently of the module under test."""
    if char in JOINERS or 0x1F000 <= ord(char) <= 0x1FAFF:
        return False
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return True
    return 0xFE00 <= ord(char) <= 0xFE0F or 0xE0000 <= ord(char) <= 0xE0FFF


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("VPN is down", "VPN is down"),
        ("", ""),
        ("a\x1b]52;c;AAAA\x07b", "a␛]52;c;AAAA␇b"),
        ("a\x1b[31mred", "a␛[31mred"),
        ("nul\x00", "nul␀"),
        ("del\x7f", "del␡"),
        ("c1\x9b31m", "c1‹U+009B›31m"),
        ("gnp\u202egpj.exe", "gnp‹U+202E›gpj.exe"),
        ("\u2067x\u2069", "‹U+2067›x‹U+2069›"),
        ("pay\u200bpal", "pay‹U+200B›pal"),
        ("pay\u200dpal", "pay‹U+200D›pal"),
        ("pay\u200cpal", "pay‹U+200C›pal"),
        ("\ufeffbom", "‹U+FEFF›bom"),
        ("soft\u00adhyphen", "soft‹U+00AD›hyphen"),
        ("tag\U000e0041\U000e007f", "tag‹U+E0041›‹U+E007F›"),
        ("\ud83dhalf", "‹U+D83D›half"),
        ("line\u2028para\u2029", "line‹U+2028›para‹U+2029›"),
        ("a\r\nb\nc\rd\te", "a b c d e"),
        ("nb\u00a0sp\u2003em", "nb sp em"),
        ("全角\u3000空白", "全角\u3000空白"),
        ("[/] [red]x[/red] :smile: %s {0} \\", "[/] [red]x[/red] :smile: %s {0} \\"),
        ("Größe café", "Größe café"),
        ("👩\u200d🔧 ❤\ufe0f", "👩\u200d🔧 ❤\ufe0f"),
        ("1\ufe0f\u20e3 🏳\ufe0f\u200d🌈", "1\ufe0f\u20e3 🏳\ufe0f\u200d🌈"),
        ("👍🏽\u200d♂", "👍🏽\u200d♂"),
        ("a\ufe0f", "a‹U+FE0F›"),
        ("1\ufe0f1", "1‹U+FE0F›1"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f‹U+FE0F›"),
        ("👩\u200d", "👩‹U+200D›"),
        ("\u094d\u200d\u115f", "\u094d‹U+200D›‹U+115F›"),
        ("ශ\u0dca\u200dරී", "ශ\u0dca\u200dරී"),
        ("葛\U000e0100", "葛‹U+E0100›"),
        ("blank\u3164\u115f", "blank‹U+3164›‹U+115F›"),
        ("private\ue000", "private‹U+E000›"),
        ("z" + "\u0301" * 20 + "a", "z" + "\u0301" * 8 + "‹+12›a"),
    ],
)
def test_a_line_shows_what_is_there(text: str, shown: str) -> None:
    assert clean_line(text) == shown


def test_a_line_is_cut_with_an_ellipsis() -> None:
    assert clean_line("abcdef", 6) == "abcdef"
    assert clean_line("abcdefg", 6) == "abcde…"
    assert clean_line("\x1b\x1b", 1) == "…"
    assert clean_line("\u202e", 4) == "‹U+…"
    assert clean_line("👩\u200d🔧 more", 4) == "👩\u200d🔧…"
    assert clean_line("👩\u200d🔧 more", 3) == "👩…"
    with pytest.raises(ValueError, match="at least 1"):
        clean_line("x", 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\r\nb\nc", "a\nb\nc"),
        ("over\rwritten\r\r\n", "over␍written␍\n"),
        ("a\tb\n\tc", "a       b\n        c"),
        ("page\fbreak\v", "page␌break␋"),
        ("\x1b[2J\nnext", "␛[2J\nnext"),
        ("x\u202e\n\u2066y", "x‹U+202E›\n‹U+2066›y"),
    ],
)
def test_a_text_keeps_its_lines(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@given(ANY_TEXT | HOSTILE, st.integers(1, 40))
def test_a_clean_line_is_safe_short_and_stays_as_it_is(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert not [char for char in line if dangerous(char)]
    assert len(line) <= limit
    assert clean_line(line, limit) == line
    line.encode("utf-8")


@given(ANY_TEXT | HOSTILE)
def test_a_clean_text_is_safe_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_text(text)
    assert not [char for char in cleaned if char != "\n" and dangerous(char)]
    assert clean_text(cleaned) == cleaned
    assert cleaned.count("\n") == text.count("\n")


def test_every_code_point_alone_is_safe() -> None:
    breaks = {"\n", "\r"}
    alone = "\n".join("x" + chr(code) for code in range(0x110000) if chr(code) not in breaks)
    shown = set(clean_text(alone)) - {"\n"}
    assert len(shown) > 100_000
    assert not [hex(ord(char)) for char in shown if dangerous(char) or char in JOINERS]


def test_a_megabyte_is_cleaned_and_folded_in_time() -> None:
    for unit in ("\x1b[31m", "\u0301", "\u202ea", "👩\u200d", "plain text é ", "\t", "\ufdfa"):
        text = unit * (1_000_000 // len(unit))
        start = time.thread_time()
        clean_text(text)
        clean_line(text)
        fold_tokens(text[:100_000])
        assert time.thread_time() - start < 5


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("VPN is DOWN", "vpn is down"),
        ("  foo-bar_baz.qux  ", "foo bar baz qux"),
        ("ana.ruiz+it@example.com", "ana ruiz it example com"),
        ("Café Größe STRASSE Straße", "cafe grosse strasse strasse"),
        ("cafe\u0301", "cafe"),
        ("ﬁle № ² Ⅷ", "file no 2 viii"),
        ("İstanbul", "istanbul"),
        ("北京市", "北 京 市"),
        ("VPN接続エラー42", "vpn 接 続 エ ラ ー 42"),
        ("한국", "한 국"),
        ("Привет, мир", "привет мир"),
        ('x" OR * NEAR(y) AND NOT', "x or near y and not"),
        ("🙂 !!! —", ""),
        ("a\x00b\ud800c", "a b c"),
        ("w" * 100, "w" * TOKEN_LIMIT),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold_tokens(text) == folded.split()


@given(ANY_TEXT | st.text("aßǅİ가가が\u0345ﬀ北 -", max_size=20))
def test_folded_text_is_letters_and_digits_and_folds_to_itself(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert all(token.isalnum() and len(token) <= TOKEN_LIMIT for token in fold_tokens(text))
