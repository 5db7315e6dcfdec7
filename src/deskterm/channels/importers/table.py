"""Reading a table of values from a file, plain or gzipped, and refusing a broken one by line and column."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from deskterm.domain.errors import InputFileError
from deskterm.domain.plain import clean_line

LINE_LIMIT = 1 << 20  # bytes: a longer line is no line of a table, and must not fill the memory
GZIP_MAGIC = b"\x1f\x8b"
DELIMITERS = ",;\t"
KEPT = "nothing was imported"


def refuse(path: Path, found: str, *, line: int = 0, column: str = "", expected: str = "") -> InputFileError:
    """Make the error that names the file, the line, the column, what was expected and what was kept."""
    place = f"{path}" + (f", line {line}" if line else "") + (f", column {column}" if column else "")
    wanted = f"; expected {expected}" if expected else ""
    return InputFileError(f"{place}: {found}{wanted}; {KEPT}", field=column, hint=expected)


def _opened(path: Path) -> IO[bytes]:
    if path.is_dir():
        raise refuse(path, "this is a folder", expected="a .csv or .csv.gz file")
    if path.exists() and not path.is_file():
        raise refuse(path, "this is not a file that can be read twice", expected="a .csv or .csv.gz file")
    with path.open("rb") as probe:
        zipped = probe.read(2) == GZIP_MAGIC
    return cast("IO[bytes]", gzip.open(path, "rb")) if zipped else path.open("rb")


def _decoded(stream: IO[bytes], path: Path) -> Iterator[str]:
    """Yield the lines of a stream as text; a byte order mark is dropped."""
    number = 0
    while raw := stream.readline(LINE_LIMIT):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) == LINE_LIMIT:
            raise refuse(path, "the line is longer than 1 MiB", line=number, expected="lines of values")
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            found = f"byte 0x{raw[error.start]:02x} at position {error.start + 1} is no UTF-8"
            raise refuse(path, found, line=number, expected="text in UTF-8") from None


def _text(path: Path) -> Generator[str, None, None]:
    """Yield a file's lines; whatever is wrong with the file below them is said in one way."""
    number = 0
    try:
        with _opened(path) as stream:
            for line in _decoded(stream, path):
                number += 1
                yield line
    except EOFError:
        raise refuse(
            path, "the compressed file ends too early", line=number + 1, expected="the whole file"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise refuse(path, f"the compressed file is damaged ({error})", line=number + 1) from None
    except OSError as error:
        raise refuse(path, (error.strerror or str(error)).lower()) from None


@dataclass(frozen=True, slots=True)
class Table:
    """A file with one header line. Reading it twice gives the same rows."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line number, cells) of every data line. Raises InputFileError on the first broken one."""
        width = len(self.columns)
        with closing(_text(self.path)) as lines:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            begun = 1
            try:
                next(reader)
                for row in reader:
                    line, begun = begun + 1, reader.line_num
                    if len(row) != width:
                        if not row:
                            continue
                        raise self._ragged(row, line)
                    yield line, row
            except csv.Error as error:
                raise refuse(self.path, f"not a line of a table ({error})", line=begun + 1) from None

    def _ragged(self, row: Sequence[str], line: int) -> InputFileError:
        width = len(self.columns)
        column = self.columns[len(row)] if len(row) < width else f"{width + 1}"
        found = f"{len(row)} values" + (", the line ends too early" if len(row) < width else "")
        return refuse(self.path, found, line=line, column=column, expected=f"{width} values")


def open_table(path: Path, rename: Callable[[list[str]], list[str]], required: Sequence[str]) -> Table:
    """Read the header, put through `rename`, and check it. Raises InputFileError when it is no such table."""
    with closing(_text(path)) as lines:
        first = next(lines, "")
    if not first.strip():
        raise refuse(path, "the file is empty", expected="a header line")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        cells = next(csv.reader([first], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise refuse(path, f"not a header ({error})", line=1, expected="column names") from None
    columns = rename([clean_line(cell).strip().casefold() for cell in cells])
    missing = [name for name in required if name not in columns]
    if missing:
        known = len(required) - len(missing)
        shown = ", ".join(missing[:6]) + (", …" if len(missing) > 6 else "")
        found = f"no column {shown}" if known else "this is no such table: none of its columns are there"
        raise refuse(path, found, line=1, column=missing[0], expected="the columns " + ", ".join(required))
    twice = {name for name in columns if columns.count(name) > 1 and name in required}
    if twice:
        name = sorted(twice)[0]
        raise refuse(path, f"two columns are called {name}", line=1, column=name, expected="one")
    return Table(path, tuple(columns), delimiter)


class Seen:
    """Which ticket numbers went by: a bitmap a thousand numbers, so that a huge file needs little memory."""

    PAGE = 1024

    def __init__(self) -> None:
        self._pages: dict[tuple[str, int, int], int] = {}
        self._odd: set[str] = set()

    def add(self, number: str) -> bool:
        """Remember a number; say whether it was new."""
        digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            new = number not in self._odd
            self._odd.add(number)
            return new
        page, place = divmod(int(digits), self.PAGE)
        key = (number[: len(number) - len(digits)], len(digits), page)
        held, bit = self._pages.get(key, 0), 1 << place
        self._pages[key] = held | bit
        return not held & bit
