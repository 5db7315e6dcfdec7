"""Previews and links: what files and links are, from hostile bytes too, within limits and in one pass."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.links import MOST, links_in, target
from deskterm.domain.previews import MOST_LINES, preview

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"rest"
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 9


@pytest.mark.parametrize(
    ("name", "kind", "content", "lines"),
    [
        ("a.txt", "text/plain", b"one\ntwo", ("one", "two")),
        ("a.txt", "text/plain", b"\x1b[31mred\x07", ("␛[31mred␇",)),
        ("a.csv", "text/csv", b"name,amount\nBenedict,12.50\n", ("name      amount", "Benedict  12.50")),
        ("a.csv", "text/csv", b"name;sum\nA;1,5\n", ("name  sum", "A     1,5")),
        ("a.tsv", "", b"a\tb\n1\t2\n", ("a  b", "1  2")),
        ("a.csv", "text/csv", b"only one column\n", ("only one column", "")),
        ("a.json", "application/json", b'{"b": [1, 2]}', ("{", '  "b": [', "    1,", "    2", "  ]", "}")),
        ("a.json", "application/json", b"{broken", ("{broken",)),
        ("a.png", "image/png", PNG, ("PNG picture, 640 × 480, 28 B",)),
        ("a.txt", "text/plain", PNG, ("PNG picture, 640 × 480, 28 B",)),
        ("a.jpg", "image/jpeg", JPEG, ("JPEG picture, 640 × 480, 26 B",)),
        ("a.gif", "image/gif", b"GIF89a\x02\x00\x03\x00", ("GIF picture, 2 × 3, 10 B",)),
        ("a.png", "image/png", b"\x89PNG\r\n\x1a\n", ("a picture that is cut short, 8 B",)),
        ("a.bin", "application/x-foo", b"\0\1\2", ("application/x-foo, 3 B: no preview of it",)),
        ("a.txt", "text/plain", b"", ("the file is empty",)),
        ("a.txt", "text/plain", "caf\xe9".encode("latin-1"), ("café",)),
    ],
)  # fmt: skip
def test_previews(name: str, kind: str, content: bytes, lines: tuple[str, ...]) -> None:
    assert preview(name, kind, content) == lines


def test_deep_and_huge_json_is_still_a_text() -> None:
    assert preview("a.json", "application/json", b"[" * 100_000)[0].startswith("[[[")
    assert preview("a.json", "application/json", b"1" * 10_000)[0].startswith("111")


def test_long_files_are_cut() -> None:
    lines = preview("a.log", "text/plain", b"x\n" * 10_000)
    assert (len(lines), lines[-1][:9]) == (MOST_LINES + 1, "… the res")
    assert preview("a.log", "text/plain", b"x" * 3_000_000)[-1].startswith("… the rest")


@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.json", "a.txt", "a.png", "a"]))
def test_any_bytes_make_safe_lines(content: bytes, name: str) -> None:
    for line in preview(name, "", content):
        assert all(char.isprintable() for char in line)


def test_links_are_found_without_what_follows_them() -> None:
    text = (
        "See https://a.example/x?y=1, (http://b.example/w_(z)) and <https://c.example/>. mailto:d@e.example!"
    )
    assert links_in([text, "again https://a.example/x?y=1"]) == (
        "https://a.example/x?y=1",
        "http://b.example/w_(z)",
        "https://c.example/",
        "mailto:d@e.example",
    )
    assert links_in(["javascript:alert(1) file:///etc/passwd ftp://x"]) == ()
    assert len(links_in([" ".join(f"https://x.example/{n}" for n in range(999))])) == MOST


def test_many_brackets_take_no_time() -> None:
    begun = time.thread_time()
    links_in(["https://x.example/" + ")" * 200_000])
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize(
    ("url", "host", "odd"),
    [
        ("https://www.bank.example/login", "www.bank.example", ""),
        ("https://bank.example@evil.example/", "evil.example", "before @"),
        ("https://b\u0430nk.example/", "xn--bnk-6cd.example", "is asked for as xn--bnk-6cd.example"),
        ("https://xn--bnk-6cd.example/", "xn--bnk-6cd.example", "look like others"),
        ("http://10.0.0.1/", "10.0.0.1", "bare number; it is not encrypted"),
        ("https://[", "", "cannot" ),
        ("mailto:ana@x.example", "x.example", ""),
    ],
)  # fmt: skip
def test_where_a_link_leads(url: str, host: str, odd: str) -> None:
    found = target(url)
    assert found.host == host
    assert odd in found.odd if odd != "cannot" else found.odd
    assert bool(found.odd) == bool(odd)
