"""Reads the query language: text into terms, with errors that say where and what instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, NoReturn, cast

from deskterm.domain.plain import clean_line, fold_tokens
from deskterm.domain.query import (
    FIELDS,
    FORM_PREFIX,
    IS_VALUES,
    And,
    Exact,
    Field,
    Is,
    Me,
    Not,
    Nothing,
    Op,
    Phrase,
    Prefix,
    Query,
    QueryError,
    Term,
    Value,
    Word,
    all_of,
    amounts,
    any_of,
    day_of,
    duration_seconds,
)
from deskterm.domain.query_words import listed, names_a_field, without_controls
from deskterm.domain.query_words import nearest as nearest

MAX_LENGTH = 2000  # characters
MAX_DEPTH = 20  # parentheses inside each other
MAX_TERMS = 100  # words, filters and the values they list

# What people call our fields elsewhere; only ever offered, never accepted.
_ELSEWHERE = {
    "assignee": "owner", "agent": "owner", "group": "queue", "team": "queue",
    "label": "tag", "tags": "tag", "customer": "requester", "client": "requester", "company": "org",
    "organization": "org", "email": "from", "sender": "from", "id": "number", "title": "subject",
    "severity": "priority", "opened": "created", "modified": "updated", "resolved": "solved",
}  # fmt: skip

_ENDS_WORD = frozenset('()"')
_ENDS_VALUE = frozenset('(),"')


class _Raw(NamedTuple):
    """A value as it was written; `star` is a `*` at its end, `at` its index in the text."""

    text: str
    quoted: bool
    star: bool
    at: int


def parse(text: str, *, typing: bool = False) -> Query:
    """Return the query that `text` means; empty text asks for everything active.

    With `typing`, the text is taken as unfinished: the word that ends it (unless negated) matches as a
    prefix, and quotes, parentheses and an OR may stand open at the end. Words in which there is no letter or
    digit are passed over. Raises QueryError, and nothing else, with the position as a column from 1.
    """
    if len(text) > MAX_LENGTH:
        message = f"the query is {len(text):,} characters long"
        raise QueryError(message, MAX_LENGTH + 1, f"at most {MAX_LENGTH:,}")
    parser = _Parser(without_controls(text), typing)
    return Query(parser.whole(), text, parser.lifts_active)


class _Parser:
    """Recursive descent; a term with nothing to search for is None and drops out."""

    __slots__ = ("at", "left", "lifts_active", "text", "typing")

    def __init__(self, text: str, typing: bool) -> None:
        self.text = text
        self.typing = typing
        self.at = 0
        self.left = MAX_TERMS
        self.lifts_active = False

    # -- reading -----------------------------------------------------------------------------------

    def fail(self, message: str, at: int, expected: str, near: str | None = None) -> NoReturn:
        raise QueryError(message, at + 1, expected, near)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, what: str) -> bool:
        if not self.text.startswith(what, self.at):
            return False
        self.at += len(what)
        return True

    def skip_spaces(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def at_or(self) -> bool:
        if not self.text.startswith("OR", self.at):
            return False
        after = self.text[self.at + 2 : self.at + 3]
        return after == "" or after.isspace() or after in _ENDS_WORD

    def run(self, ends: frozenset[str]) -> str:
        start = self.at
        while (char := self.peek()) and char not in ends and not char.isspace():
            self.at += 1
        return self.text[start : self.at]

    def quoted(self) -> tuple[str, bool]:
        """Read what stands in quotes (two in a row inside are one) and whether they were closed."""
        start = self.at
        self.at += 1
        parts: list[str] = []
        while True:
            end = self.text.find('"', self.at)
            if end < 0:
                if not self.typing:
                    self.fail("these quotes are not closed", start, 'a closing "')
                parts.append(self.text[self.at :])
                self.at = len(self.text)
                return "".join(parts), False
            parts.append(self.text[self.at : end])
            self.at = end + 1
            if not self.take('"'):
                return "".join(parts), True
            parts.append('"')

    def count(self, how_many: int, at: int) -> None:
        self.left -= how_many
        if self.left < 0:
            self.fail("the query has too many terms", at, f"at most {MAX_TERMS}")

    # -- structure ---------------------------------------------------------------------------------

    def whole(self) -> Term:
        self.skip_spaces()
        root = self.either(0) if self.at < len(self.text) else None
        return root if root is not None else And(())

    def either(self, depth: int) -> Term | None:
        branches: list[Term] = []
        while True:
            branch = self.every(depth)
            if branch is not None:
                branches.append(branch)
            if not self.at_or():
                return any_of(branches) if branches else None
            self.at += 2
            self.skip_spaces()
            if self.typing and self.at == len(self.text):
                return any_of(branches) if branches else None

    def every(self, depth: int) -> Term | None:
        terms: list[Term] = []
        start = self.at
        while self.at < len(self.text) and self.peek() != ")" and not self.at_or():
            term = self.term(depth)
            if term is not None:
                terms.append(term)
            self.skip_spaces()
        if depth == 0 and self.peek() == ")":
            self.fail("this parenthesis closes nothing", self.at, "a term or the end of the query")
        if self.at == start and not (self.typing and self.at == len(self.text)):
            self.fail("a term is missing", start, "a word, a filter such as state:open, or a quoted phrase")
        return all_of(terms) if terms else None

    def term(self, depth: int) -> Term | None:
        following = self.text[self.at + 1 : self.at + 2]
        negated = self.peek() == "-" and following not in ("", ")") and not following.isspace()
        self.at += negated
        if self.peek() == "(":
            inner = self.group(depth + 1)
        elif self.peek() == '"':
            inner = self.phrase()
        else:
            inner = self.word_or_filter(growing=self.typing and not negated)
        return Not(inner) if negated and inner is not None else inner

    def group(self, depth: int) -> Term | None:
        start = self.at
        if depth > MAX_DEPTH:
            self.fail("parentheses are nested too deep", start, f"at most {MAX_DEPTH} inside each other")
        self.at += 1
        self.skip_spaces()
        inner = self.either(depth)
        if not self.take(")") and not self.typing:
            self.fail("this parenthesis is not closed", start, "a closing )")
        return inner

    # -- words -------------------------------------------------------------------------------------

    def phrase(self) -> Term | None:
        start = self.at
        inside, closed = self.quoted()
        return self.tokens(fold_tokens(inside), self.take("*") or not closed, start)

    def word_or_filter(self, growing: bool) -> Term | None:
        start = self.at
        word = self.run(_ENDS_WORD)
        name, colon, rest = word.partition(":")
        if colon and names_a_field(name.lower()) and not rest.startswith(("//", "\\")):
            self.at = start + len(name) + 1
            return self.filter(name.lower(), start)
        growing = growing and self.at == len(self.text)
        return self.tokens(fold_tokens(word), word.endswith("*") or growing, start)

    def tokens(self, tokens: list[str], prefix: bool, start: int) -> Term | None:
        self.count(len(tokens), start)
        if len(tokens) > 1:
            return Phrase(tuple(tokens), prefix)
        return Word(tokens[0], prefix) if tokens else None

    # -- filters -----------------------------------------------------------------------------------

    def filter(self, name: str, start: int) -> Term:
        kind = self.kind(name, start)
        self.lifts_active = self.lifts_active or name in ("is", "state", "status")
        at = self.at
        op = cast(Op, next((sign for sign in ("<=", ">=", "<", ">") if self.take(sign)), "="))
        if op != "=" and kind in ("is", "choice", "text", "people") and name != "sla":
            self.fail(f"{name}: has no order to compare by", at, f"{name}: and a value, without {op}")
        raws = [self.value(name)]
        while self.take(","):
            raws.append(self.value(name))
        self.count(len(raws), start)
        ordered = kind in ("time", "number", "duration", "form")
        if op == "=" and ordered and not raws[0].quoted and ".." in raws[0].text:
            return self.span(name, raws)
        if op != "=" and len(raws) > 1:
            self.fail(f"{name}:{op} compares with one value", raws[1].at, "one value after it")
        named = [raw for raw in raws if raw.quoted and raw.text.lower() not in FIELDS["state"].choices]
        if name == "state" and named and op == "=":
            # In quotes it is a state as the desk calls it: which there are, only the desk knows.
            rest = tuple([value for raw in raws if raw not in named for value in self.choice(name, raw)])
            called = tuple([Prefix(raw.text) if raw.star else Exact(raw.text) for raw in named])
            return any_of([*([Field(name, op, rest)] if rest else []), Field("status", op, called)])
        if kind == "is":
            return any_of([Is(self.one_of(name, raw, IS_VALUES)) for raw in raws])
        values = tuple([value for raw in raws for value in self.meaning(name, kind, op, raw)])
        if kind == "time":  # each of several days is an interval of its own
            return any_of([Field(name, op, (value,)) for value in values])
        return Field(name, op, values)

    def kind(self, name: str, start: int) -> str:
        if name == "is":
            return "is"
        if name in FIELDS:
            return FIELDS[name].kind
        if name.startswith(FORM_PREFIX) and len(name) > len(FORM_PREFIX):
            return "form"
        shown = clean_line(name, 30)
        expected = f'a field such as state:, or the words in quotes ("{shown}: …")'
        known = ["is", *FIELDS]
        self.fail(f"{shown} is not a field", start, expected, _ELSEWHERE.get(name) or nearest(name, known))

    def value(self, name: str) -> _Raw:
        start = self.at
        quoted = self.peek() == '"'
        text = self.quoted()[0].strip() if quoted else self.run(_ENDS_VALUE)
        star = self.take("*") if quoted else text.endswith("*")
        if star and not quoted:
            text = text[:-1]
        if text == "":
            expected = "a beginning before the *" if star else self.examples(name)
            self.fail(f"{name}: has no value", start, expected)
        return _Raw(text, quoted, star, start)

    def examples(self, name: str) -> str:
        if name == "is":
            return listed(IS_VALUES)
        info = FIELDS.get(name)
        if info is None:
            return "a value"
        if info.kind == "time":
            return "<7d, today, yesterday, 2026-11-01 or 2026-11-01..2026-11-07"
        if info.kind == "number":
            return "a number such as 12, >12 or 12..20"
        if info.kind == "duration":
            return "a duration such as >1h, <30m or 15m..2h"
        return listed(info.choices) if info.kind == "choice" else "a value, or none"

    def span(self, name: str, raws: list[_Raw]) -> Term:
        """Return the range `a..b`; both ends belong to it."""
        raw = raws[0]
        if len(raws) > 1:
            self.fail("a range stands alone", raws[1].at, "one range after the colon")
        low, _, high = raw.text.partition("..")
        if raw.star or low == "" or high == "":
            shown = clean_line(raw.text, 30)
            self.fail(f"{shown} is not a range", raw.at, "two whole values, as in 2026-11-01..2026-11-07")
        ends = (raw._replace(text=low), raw._replace(text=high, at=raw.at + len(low) + 2))
        if name.startswith(FORM_PREFIX):
            first, last = Exact(low), Exact(high)
            backwards = False
        elif FIELDS[name].kind == "time":
            first, last = self.time(name, "..", ends[0]), self.time(name, "..", ends[1])
            backwards = bool(day_of(first.text) and day_of(last.text)) and first.text > last.text
        else:
            first, last = self.number(name, ends[0]), self.number(name, ends[1])
            low_one, high_one = amounts(Field(name, "..", (first, last)))
            backwards = low_one > high_one
        if backwards:
            self.fail(f"the range {low}..{high} runs backwards", raw.at, f"{high}..{low}")
        return Field(name, "..", (first, last))

    def meaning(self, name: str, kind: str, op: Op, raw: _Raw) -> tuple[Value, ...]:
        if raw.star and (op != "=" or kind in ("time", "number", "duration")):
            self.fail(f"{name}: cannot be compared with a beginning", raw.at, "a whole value")
        special = raw.text.lower() if op == "=" and not raw.quoted and not raw.star else ""
        if special == "none" and name not in ("state", "has"):
            return (Nothing(),)
        if special == "me" and (kind in ("people", "form") or name == "queue"):
            return (Me(),)
        if kind == "time":
            return (self.time(name, op, raw),)
        if kind in ("number", "duration"):
            if kind == "duration" and op == "=":
                self.fail(f"{name}: needs < or > before a duration", raw.at, self.examples(name))
            return (self.number(name, raw),)
        if kind == "choice":
            return (self.time_left(raw),) if op != "=" else self.choice(name, raw)
        return (Prefix(raw.text) if raw.star else Exact(raw.text),)

    def choice(self, name: str, raw: _Raw) -> tuple[Value, ...]:
        choices = FIELDS[name].choices
        found = [one for one in choices if raw.star and one.lower().startswith(raw.text.lower())]
        found = found or [self.one_of(name, raw, choices)]
        return tuple([Nothing() if one == "none" else Exact(one) for one in found])

    def time_left(self, raw: _Raw) -> Exact:
        if duration_seconds(raw.text) is None:
            shown = clean_line(raw.text, 30)
            self.fail(f"{shown} is not a time left", raw.at, "a duration such as 2h or 30m")
        return Exact(raw.text.lower())

    def one_of(self, name: str, raw: _Raw, known: Iterable[str]) -> str:
        found = next((one for one in known if one.lower() == raw.text.lower() and not raw.star), None)
        if found is None:
            shown = clean_line(raw.text, 30) + "*" * raw.star
            self.fail(f"{shown} is not a value of {name}:", raw.at, listed(known), nearest(raw.text, known))
        return found

    def number(self, name: str, raw: _Raw) -> Exact:
        if FIELDS[name].kind == "duration":
            if duration_seconds(raw.text) is None:
                self.fail(f"{clean_line(raw.text, 30)} is not a duration", raw.at, self.examples(name))
            return Exact(raw.text.lower())
        digits = raw.text.removeprefix("#")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
            self.fail(f"{clean_line(raw.text, 30)} is not a number", raw.at, self.examples(name))
        return Exact(digits)

    def time(self, name: str, op: Op, raw: _Raw) -> Exact:
        text = raw.text.lower()
        if text in ("today", "yesterday") or day_of(text) is not None:
            return Exact(text)
        is_duration = duration_seconds(text) is not None
        if is_duration and op not in ("=", ".."):
            return Exact(text)
        shown = clean_line(raw.text, 30)
        if is_duration:
            self.fail(f"{shown} is a duration", raw.at, f"{name}:<{text} or {name}:>{text}")
        near = nearest(text, ("today", "yesterday")) if text.isalpha() else None
        self.fail(f"{shown} is not a time", raw.at, self.examples(name), near)
