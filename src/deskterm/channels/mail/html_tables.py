"""Tables of HTML as lines: columns where rows and columns mean something, text in order where not."""

from __future__ import annotations

import unicodedata

WIDEST_CELL = 60
WIDEST_TABLE = 110
WIDEST_ROW = 80


def table_lines(rows: list[list[list[str]]], layout: bool = False) -> list[str]:
    """Return the lines of a table, whose cells are lines; `layout` says that it only places what is in it."""
    filled = [row for row in rows if any(cell for cell in row)]
    if not layout and _is_data(filled):
        return _in_columns([[cell[0] if cell else "" for cell in row] for row in filled])
    lines: list[str] = []
    spread = False
    for row in filled:
        cells = [_trimmed(cell) for cell in row]
        cells = [cell for cell in cells if cell]
        if all(len(cell) == 1 for cell in cells) and sum(width(cell[0]) + 2 for cell in cells) <= WIDEST_ROW:
            if spread and lines[-1]:
                lines.append("")
            lines.append("  ".join(cell[0] for cell in cells))
            spread = False
            continue
        spread = True
        for cell in cells:
            if lines and lines[-1]:
                lines.append("")
            lines.extend(cell)
    return lines


def _is_data(rows: list[list[list[str]]]) -> bool:
    """Say whether a table has columns: several rows of several short cells."""
    several = sum(sum(bool(cell) for cell in row) > 1 for row in rows)
    if several < 2 or several * 2 < len(rows):
        return False
    columns = max(map(len, rows))
    widths = [0] * columns
    for row in rows:
        for place, cell in enumerate(row):
            if len(cell) > 1 or (cell and width(cell[0]) > WIDEST_CELL):
                return False
            if cell and not (place == 0 and len(row) == 1):
                widths[place] = max(widths[place], width(cell[0]))
    return sum(widths) + 2 * (columns - 1) <= WIDEST_TABLE


def _in_columns(rows: list[list[str]]) -> list[str]:
    columns = max(map(len, rows))
    used = [place for place in range(columns) if any(len(row) > place and row[place] for row in rows)]
    widths = {
        place: max(width(row[place]) for row in rows if len(row) > place and (len(row) > 1 or columns == 1))
        for place in used
    }
    lines = []
    for row in rows:
        if len(row) == 1:
            lines.append(row[0])
            continue
        cells = [row[place] if place < len(row) else "" for place in used]
        padded = [cell + " " * (widths[place] - width(cell)) for place, cell in zip(used, cells, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return lines


def width(text: str) -> int:
    """Return how many cells of a terminal a text takes, near enough to align it."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _trimmed(cell: list[str]) -> list[str]:
    start, end = 0, len(cell)
    while start < end and not cell[start]:
        start += 1
    while end > start and not cell[end - 1]:
        end -= 1
    return cell[start:end]
