"""Reading TOML as the parts of a policy file: typed values, nearest names, and every fault with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from deskterm.domain.errors import DeskError, InputFileError, QueryError
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.query_parser import nearest
from deskterm.domain.toml_places import Path, Place, places

Value = TypeVar("Value")

TOLD = 100
"""Faults of one file that are told: whoever mends these sees the others then."""

MOST_FAULTS = 10_000
"""Faults that are counted."""

LISTED = 24
"""Names that are listed where none is meant."""

LONGEST_NAME = 80
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KINDS = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    dict: "a table",
    list: "a list",
}


class Fault(NamedTuple):
    """One thing wrong in a file: where, what, and what to write instead."""

    line: int
    column: int
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"line {self.line}: {where}{self.message}"


class PolicyError(InputFileError):
    """A policy file is refused; `faults` are what is wrong with it, in the order of the file.

    Of very many only the first are kept; `more` is how many others there are.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = sorted(set(faults))
        self.faults, self.more = tuple(found[:TOLD]), len(found[TOLD:])
        first, others = found[0], len(found) - 1
        also = f" (and {others} more)" if others else ""
        super().__init__(f"{first}{also}", field=first.where, hint=first.hint)
        self.line = first.line


class Reader:
    """A TOML text and what is wrong with it so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.faults: list[Fault] = []
        self._parts: dict[Path, Part] = {}
        try:
            self.values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError([_no_toml(text, str(error))]) from None
        except RecursionError:
            raise PolicyError([Fault(1, 1, "", "is nested too deep")]) from None

    @cached_property
    def places(self) -> Mapping[Path, Place]:
        """Where everything stands; only asked when something is wrong."""
        return places(self.text)

    def fault(self, path: Path, message: str, hint: str = "") -> None:
        """Remember that something is wrong with a value; what has no place of its own is its table's."""
        at = path
        while at and at not in self.places:
            at = at[:-1]
        place = self.places.get(at, Place(1, 1))
        if len(self.faults) < MOST_FAULTS:
            said = (clean_line(text) for text in (self.name(path), message, hint))
            self.faults.append(Fault(*place, *said))

    def name(self, path: Path) -> str:
        """Say the way to a value; parts of a list by the name they give themselves."""
        said: list[str] = []
        value: Any = self.values
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                value = None
            if isinstance(step, str):
                said.append(step)
            elif isinstance(value, dict) and isinstance(value.get("name"), str):
                said[-1] += f' "{value["name"]}"'
            else:
                said[-1] += f" {step + 1}"
        return ".".join(said)

    def whole(self) -> Part:
        """The file as one table."""
        return self.part((), self.values)

    def part(self, path: Path, values: Mapping[str, Any]) -> Part:
        """One table of the file, the same one whenever it is asked for."""
        return self._parts.setdefault(path, Part(self, path, values))

    def finish(self) -> None:
        """Raise PolicyError when anything was wrong."""
        if self.faults:
            raise PolicyError(self.faults)


class Part:
    """One table of the file: values are asked for by name, and what nobody asked for is unknown."""

    def __init__(self, reader: Reader, path: Path, values: Mapping[str, Any]) -> None:
        self.reader = reader
        self.path = path
        self.values = values
        self.broken = False
        """Whether something else stands where the table should: nothing is missing in it then."""
        self._asked: dict[str, None] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def fault(self, name: str | int | None, message: str, hint: str = "") -> None:
        """Remember that something is wrong with a value of this table, or (None) with the table."""
        self.reader.fault(self.path if name is None else (*self.path, name), message, hint)

    def get(self, name: str, kind: type[Value], default: Value) -> Value:
        """Return a value of a kind, or the default; another kind is a fault."""
        self._asked[name] = None
        if name not in self.values:
            return default
        value = self.values[name]
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        self.fault(name, f"must be {_KINDS[kind]}")
        return default

    def text(self, name: str, default: str = "", longest: int = 500) -> str:
        """Return a line of text."""
        value = self.get(name, str, default)
        if len(value) > longest:
            self.fault(name, f"is longer than {longest} characters")
            return default
        clean = clean_line(value).strip()
        if name in self.values and clean != value.strip():
            self.fault(name, "holds characters that are no text")
        return clean

    def name(self, name: str = "name", default: str = "") -> str:
        """Return a name that must be there."""
        value = self.text(name, default, LONGEST_NAME)
        if not value:
            self.fault(name if name in self.values else None, f"{name} is missing")
        return value

    def prose(self, name: str) -> str:
        """Return text that may have several lines."""
        return clean_text(self.get(name, str, "")).strip()

    def read(self, name: str, how: Callable[[str], Value], default: Value) -> Value:
        """Return a text as something else; `how` raises ValueError or DeskError with what is wrong."""
        written = self.get(name, str, "")
        if name not in self.values or (not written and not isinstance(self.values[name], str)):
            return default
        try:
            return how(written)
        except QueryError as error:
            _, _, rest = error.message.partition(": ")
            shown = clean_line(written, 60)
            self.fault(name, f'at character {error.position} of "{shown}": {rest}', error.hint)
        except DeskError as error:
            self.fault(name, error.message, error.hint)
        except ValueError as error:
            self.fault(name, str(error))
        return default

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Return one of several words."""
        return self.read(name, lambda text: pick(text, choices), default)

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self.get(name, list, [])
        if name not in self.values:
            return default
        for place, value in enumerate(found):
            if not isinstance(value, str) or not clean_line(value).strip():
                self.reader.fault((*self.path, name, place), "must be text in quotes")
        return tuple(clean_line(value).strip() for value in found if isinstance(value, str))

    def table(self, name: str) -> Part:
        """Return a table, an empty one when it is not there."""
        found = self.reader.part((*self.path, name), self.get(name, dict, {}))
        found.broken = self.broken or not isinstance(self.values.get(name, {}), dict)
        return found

    def tables(self, name: str) -> list[Part]:
        """Return a list of tables."""
        found = []
        for place, value in enumerate(self.get(name, list, [])):
            path = (*self.path, name, place)
            if isinstance(value, dict):
                found.append(self.reader.part(path, value))
            else:
                self.reader.fault(path, "must be a table, such as { name = … }")
        return found

    def named(self, name: str) -> Iterator[tuple[str, Part]]:
        """Iterate the tables inside a table by their names."""
        outer = self.table(name)
        for key in outer.values:
            clean = clean_line(key).strip()
            if not clean or len(clean) > LONGEST_NAME or clean != key:
                outer.fault(key, "is no name")
                continue
            part = outer.table(key)
            if not part.broken:
                yield key, part

    def done(self, known: Iterable[str] = ()) -> None:
        """Say of everything nobody asked for that it is unknown; `known` are all names there may be, where
        not each is asked for."""
        known = tuple(known) or self._asked
        for name in self.values:
            if name not in self._asked:
                self.fault(name, f'"{clean_line(name, 40)}" is unknown here' + meant(name, known))


def pick(text: str, choices: Iterable[str]) -> str:
    """Return the one of several words that was meant, whatever its case. Raises ValueError."""
    choices = tuple(choices)
    for one in choices:
        if one.casefold() == text.strip().casefold():
            return one
    raise ValueError(f'"{clean_line(text, 40)}" is none of {_listed(choices)}' + _near(text, choices))


def meant(name: str, known: Iterable[str]) -> str:
    """Say which name was meant, or which there are."""
    known = tuple(known)
    near = _near(name, known)
    return near or (f"; there are {_listed(known)}" if known else "")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join((*names[:LISTED], "…") if len(names) > LISTED else names)


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def _no_toml(text: str, said: str) -> Fault:
    match = _AT.search(said)
    message = "is no TOML: " + _AT.sub("", said)
    if match is not None and match[1]:
        return Fault(int(match[1]), int(match[2]), "", message)
    return Fault(text.count("\n") + 1, 1, "", message)
