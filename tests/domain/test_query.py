"""The query language: what a text means, what it is refused for, and that it can be written back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.errors import UsageError
from deskterm.domain.query import (
    FIELDS,
    IS_VALUES,
    And,
    Exact,
    Field,
    Is,
    Me,
    Not,
    Nothing,
    Or,
    Phrase,
    Prefix,
    Query,
    QueryError,
    Term,
    Word,
    all_of,
    any_of,
    duration_seconds,
    format,
    time_bounds,
)
from deskterm.domain.query_completion import complete
from deskterm.domain.query_parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)


def eq(name: str, *texts: str) -> Field:
    return Field(name, "=", tuple(map(Exact, texts)))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", And(())),
        ("   ", And(())),
        ("vpn", Word("vpn")),
        ("VPN Café", And((Word("vpn"), Word("cafe")))),
        ("vpn*", Word("vpn", True)),
        ("-vpn", Not(Word("vpn"))),
        ("foo-bar", Phrase(("foo", "bar"))),
        ("foo-ba*", Phrase(("foo", "ba"), True)),
        ("ana.ruiz@example.com", Phrase(("ana", "ruiz", "example", "com"))),
        ("北京", Phrase(("北", "京"))),
        ('"exact words"', Phrase(("exact", "words"))),
        ('"exact wo"*', Phrase(("exact", "wo"), True)),
        ('-"exact words"', Not(Phrase(("exact", "words")))),
        ('"one"', Word("one")),
        ('""', And(())),
        ("printer - offline", And((Word("printer"), Word("offline")))),
        ("a & b 🙂", And((Word("a"), Word("b")))),
        ("-🙂", And(())),
        ("a OR b", Or((Word("a"), Word("b")))),
        ("a or b", And((Word("a"), Word("or"), Word("b")))),
        ("a OR 🙂", Word("a")),
        ("a b OR c", Or((And((Word("a"), Word("b"))), Word("c")))),
        ("a (b OR c)", And((Word("a"), Or((Word("b"), Word("c")))))),
        ("(a b) c", And((Word("a"), Word("b"), Word("c")))),
        ("-(a b)", Not(And((Word("a"), Word("b"))))),
        ("-(-a)", Not(Not(Word("a")))),
        ("a(b)c", And((Word("a"), Word("b"), Word("c")))),
        ("http://x.org/a", Phrase(("http", "x", "org", "a"))),
        ("10:30", Phrase(("10", "30"))),
        ("db.example.com:5432", Phrase(("db", "example", "com", "5432"))),
        (r"C:\temp", Phrase(("c", "temp"))),
        ("#1042", Word("1042")),
        ("NOT NEAR(a) AND", And((Word("not"), Word("near"), Word("a"), Word("and")))),
        ("is:open", Is("open")),
        ("IS:Open", Is("open")),
        ("is:open,new", Or((Is("open"), Is("new")))),
        ("-is:open,new", Not(Or((Is("open"), Is("new"))))),
        ("state:Open,NEW", eq("state", "open", "new")),
        ("priority:p1,P2", eq("priority", "P1", "P2")),
        ("priority:p*", eq("priority", "P1", "P2", "P3", "P4")),
        ("priority:none", Field("priority", "=", (Nothing(),))),
        ("owner:me", Field("owner", "=", (Me(),))),
        ("owner:none,me,bo", Field("owner", "=", (Nothing(), Me(), Exact("bo")))),
        ('owner:"me"', eq("owner", "me")),
        ("tag:me", eq("tag", "me")),
        ("tag:vpn*", Field("tag", "=", (Prefix("vpn"),))),
        ('tag:"a, b",c', eq("tag", "a, b", "c")),
        ('queue:"Level 2"*', Field("queue", "=", (Prefix("Level 2"),))),
        ('org:"the ""best"" one"', eq("org", 'the "best" one')),
        ("from:ana@example.com", eq("from", "ana@example.com")),
        ("subject:a..b", eq("subject", "a..b")),
        ("has:attachment,draft", eq("has", "attachment", "draft")),
        ("number:#1042", eq("number", "1042")),
        ("number:>=1000", Field("number", ">=", (Exact("1000"),))),
        ("number:10..20", Field("number", "..", (Exact("10"), Exact("20")))),
        ("rating:none,1", Field("rating", "=", (Nothing(), Exact("1")))),
        ("created:<7d", Field("created", "<", (Exact("7d"),))),
        ("created:>1H30M", Field("created", ">", (Exact("1h30m"),))),
        ("created:Today", eq("created", "today")),
        ("created:>=2026-11-01", Field("created", ">=", (Exact("2026-11-01"),))),
        (
            "created:2026-11-01..2026-11-07",
            Field("created", "..", (Exact("2026-11-01"), Exact("2026-11-07"))),
        ),
        ("created:today,yesterday", Or((eq("created", "today"), eq("created", "yesterday")))),
        ("solved:none", Field("solved", "=", (Nothing(),))),
        ("sla:breached,atrisk", eq("sla", "breached", "atrisk")),
        ("sla:none", Field("sla", "=", (Nothing(),))),
        ('sla:"none"', Field("sla", "=", (Nothing(),))),
        ("sla:<2h", Field("sla", "<", (Exact("2h"),))),
        ("field.Asset:X*", Field("field.asset", "=", (Prefix("X"),))),
        ("field.cost:>10", Field("field.cost", ">", (Exact("10"),))),
        ("field.cost:10..20", Field("field.cost", "..", (Exact("10"), Exact("20")))),
        ('field.cost:"10..20"', eq("field.cost", "10..20")),
        ("vpn\x00\ud800down", And((Word("vpn"), Word("down")))),
    ],
)
def test_what_a_query_means(text: str, root: Term) -> None:
    query = parse(text)
    assert query.root == root
    assert query.text == text
    assert parse(format(query)) == query


@pytest.mark.parametrize(
    ("text", "lifts"),
    [
        ("", False),
        ("vpn owner:me", False),
        ("is:any", True),
        ("a OR (b -state:closed)", True),
        ('"is:any"', False),
    ],
)
def test_active_tickets_are_meant_unless_the_state_is_named(text: str, lifts: bool) -> None:
    assert parse(text).lifts_active is lifts


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("vp", Word("vp", True)),
        ("vpn do", And((Word("vpn"), Word("do", True)))),
        ("vpn ", Word("vpn")),
        ("foo-ba", Phrase(("foo", "ba"), True)),
        ("vpn -do", And((Word("vpn"), Not(Word("do"))))),
        ("is:open vp", And((Is("open"), Word("vp", True)))),
        ("vpn is:open", And((Word("vpn"), Is("open")))),
        ("(a OR b", Or((Word("a"), Word("b", True)))),
        ("(", And(())),
        ("a OR", Word("a")),
        ("a OR ", Word("a")),
        ('"exact wo', Phrase(("exact", "wo"), True)),
        ('"exact words"', Phrase(("exact", "words"))),
        ('from:"Ana R', eq("from", "Ana R")),
        ("a -", Word("a")),
        ('"', And(())),
    ],
)
def test_a_query_being_typed_may_stand_open(text: str, root: Term) -> None:
    assert parse(text, typing=True).root == root


@pytest.mark.parametrize(
    ("text", "position", "expected", "near"),
    [
        ("is:opn", 4, "any, active", "open"),
        ("vpn stat:open", 5, "a field", "state"),
        ("states:open", 1, "a field", "state"),
        ("assignee:bo", 1, "a field", "owner"),
        ("priority:P9", 10, "P1, P2, P3 or P4", None),
        ("state:open,slved", 12, "new, open", "solved"),
        ("sla:breachd", 5, "breached", "breached"),
        ("sla:<soon", 6, "a duration", None),
        ("has:atachment", 5, "attachment, link, draft or side", "attachment"),
        ("has:none", 5, "attachment, link, draft or side", None),
        ("state:none", 7, "new, open", "new"),
        ("owner:", 7, "a value, or none", None),
        ("owner:a,", 9, "a value, or none", None),
        ("tag:*", 5, "a beginning before the *", None),
        ("tag:<a", 5, "without <", None),
        ("is:<open", 4, "without <", None),
        ("created:7d", 9, "created:<7d or created:>7d", None),
        ("created:2026-02-30", 9, "<7d, today", None),
        ("created:todya", 9, "<7d, today", "today"),
        ("created:<7d,today", 13, "one value", None),
        ("created:2026-11-07..2026-11-01", 9, "2026-11-01..2026-11-07", None),
        ("created:2026-11-01..7d", 21, "created:<7d", None),
        ("created:2026-11-01..", 9, "two whole values", None),
        ("created:<99999w", 10, "<7d, today", None),
        ("created:2026*", 9, "a whole value", None),
        ("number:abc", 8, "a number", None),
        ("number:9..1", 8, "1..9", None),
        ("number:1..2,3", 13, "one range", None),
        ("number:" + "9" * 16, 8, "a number", None),
        ('"open', 1, 'a closing "', None),
        ("(a", 1, "a closing )", None),
        ("a )", 3, "the end of the query", None),
        (")", 1, "the end of the query", None),
        ("()", 2, "a word", None),
        ("OR a", 1, "a word", None),
        ("a OR", 5, "a word", None),
        ("a OR OR b", 6, "a word", None),
        ("field.:x", 1, "a field", None),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "at most 2,000", None),
        ("(" * (MAX_DEPTH + 1), MAX_DEPTH + 1, "at most 20", None),
        ("a " * (MAX_TERMS + 1), 2 * MAX_TERMS + 1, "at most 100", None),
        ("tag:" + "a," * MAX_TERMS + "a", 1, "at most 100", None),
        ("北" * (MAX_TERMS + 1), 1, "at most 100", None),
    ],
)
def test_a_wrong_query_says_where_and_what_instead(
    text: str, position: int, expected: str, near: str | None
) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert (error.position, error.nearest) == (position, near)
    assert expected in error.expected
    assert str(error).startswith(f"Column {position}: ")
    assert error.expected in str(error)
    assert near is None or f"did you mean {near}?" in str(error)
    assert isinstance(error, UsageError)


def test_an_error_shows_hostile_text_as_marks() -> None:
    with pytest.raises(QueryError) as caught:
        parse("is:\u202eevil\u200b" + "x" * 500)
    assert "\u202e" not in str(caught.value)
    assert len(str(caught.value)) < 300


QUERY_TEXT = st.lists(
    st.sampled_from(
        [
            *(
                "is:open",
                "is:any,new",
                "state:open",
                "owner:me",
                "tag:",
                "field.x:",
                "number:",
                "sla:",
                "sla:<2h",
            ),
            *(
                "-",
                "(",
                ")",
                " ",
                " ",
                " OR ",
                '"',
                "*",
                ",",
                ":",
                "..",
                "<",
                ">=",
                "none",
                "me",
                "vpn",
                "é",
                "12",
            ),
            *("created:", "due:<2h", "today", "2026-11-01", "7d", "foo-bar", "http://x", "北", "🙂", "\x00"),
            *("\ud800", "İ", "ß", "ﷺ"),
        ]
    ),
    max_size=25,
).map("".join)
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(QUERY_TEXT | ANY_TEXT, st.booleans())
def test_any_text_is_a_query_or_a_query_error_and_is_written_back(text: str, typing: bool) -> None:
    try:
        query = parse(text, typing=typing)
    except QueryError as error:
        assert error.position in range(1, len(text) + 2)  # noqa: PT017
        return
    assert parse(format(query)) == query
    assert format(parse(format(query))) == format(query)


SAFE = st.text('abcXYZ09 ,.()*"<>-:_é北', min_size=1, max_size=8).map(str.strip).filter(bool)
TOKEN = st.text("abc09", min_size=1, max_size=5)
VALUES = st.lists(SAFE.map(Exact) | SAFE.map(Prefix) | st.just(Nothing()), min_size=1, max_size=3).map(tuple)
LEAVES = st.one_of(
    st.builds(Word, TOKEN, st.booleans()),
    st.builds(Phrase, st.lists(TOKEN, min_size=2, max_size=3).map(tuple), st.booleans()),
    st.builds(Is, st.sampled_from(list(IS_VALUES))),
    st.builds(Field, st.sampled_from(["tag", "owner", "field.x"]), st.just("="), VALUES),
    st.builds(eq, st.just("created"), st.sampled_from(["today", "yesterday", "2026-11-01"])),
    st.builds(Field, st.just("due"), st.sampled_from(["<", ">="]), st.just((Exact("2h"),))),
)
TERMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
    ),
    max_leaves=8,
)


@given(TERMS)
def test_any_terms_are_written_so_that_they_are_read_back(root: Term) -> None:
    assert parse(format(Query(root, "", lifts_active=False))).root == root


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("created:<7d", "2026-11-15T14:02", None),
        ("created:<=7d", "2026-11-15T14:02", None),
        ("created:>7d", None, "2026-11-15T14:02"),
        ("updated:<1h30m", "2026-11-22T12:32", None),
        ("due:<2h", None, "2026-11-22T16:02"),
        ("due:>1w", "2026-11-29T14:02", None),
        ("snoozed:<1d", None, "2026-11-23T14:02"),
        ("created:2026-11-01", "2026-10-31T23:00", "2026-11-01T23:00"),
        ("created:>=2026-11-01", "2026-10-31T23:00", None),
        ("created:>2026-11-01", "2026-11-01T23:00", None),
        ("created:<2026-11-01", None, "2026-10-31T23:00"),
        ("created:<=2026-11-01", None, "2026-11-01T23:00"),
        ("created:2026-11-01..2026-11-07", "2026-10-31T23:00", "2026-11-07T23:00"),
        ("created:2026-11-20..today", "2026-11-19T23:00", "2026-11-22T23:00"),
        ("due:today", "2026-11-21T23:00", "2026-11-22T23:00"),
        ("created:yesterday", "2026-11-20T23:00", "2026-11-21T23:00"),
        ("created:2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("created:2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
    ],
)
def test_the_times_a_field_asks_for(text: str, start: str | None, end: str | None) -> None:
    field = parse(text).root
    assert isinstance(field, Field)
    assert time_bounds(field, NOW, BERLIN) == (start and utc(start), end and utc(end))
    assert time_bounds(field, NOW.astimezone(ZoneInfo("Asia/Tokyo")), BERLIN) == time_bounds(
        field, NOW, BERLIN
    )


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", 23),  # 00:00 is skipped
        ("America/Havana", "2024-11-03", "2024-11-03T04:00", 25),  # 00:00 comes twice
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),  # the whole day is skipped
        ("UTC", "2026-11-01", "2026-11-01T00:00", 24),
    ],
)
def test_days_where_the_clocks_change_at_midnight(zone: str, day: str, start: str, hours: int) -> None:
    begin, end = time_bounds(eq("created", day), NOW, ZoneInfo(zone))
    assert begin == utc(start)
    assert end == utc(start) + timedelta(hours=hours)


def test_today_is_the_agents_day() -> None:
    late = utc("2026-11-22T23:30")
    assert time_bounds(eq("created", "today"), late, BERLIN)[0] == utc("2026-11-22T23:00")
    assert time_bounds(eq("created", "today"), late, ZoneInfo("America/New_York"))[0] == utc(
        "2026-11-22T05:00"
    )


@pytest.mark.parametrize("text", ["solved:none", "tag:x", "sla:<2h", "field.x:today"])
def test_what_is_no_time_has_no_bounds(text: str) -> None:
    field = parse(text).root
    assert isinstance(field, Field)
    with pytest.raises(ValueError, match="time"):
        time_bounds(field, NOW, BERLIN)


@pytest.mark.parametrize("day", ["1000-01-01", "2999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_distant_days_have_bounds(day: str, zone: str) -> None:
    start, end = time_bounds(eq("created", day), NOW, ZoneInfo(zone))
    assert start is not None
    assert end is not None
    assert start < end


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7d", 604800), ("2h", 7200), ("30m", 1800), ("1w", 604800), ("1h30m", 5400), ("7", None), ("d", None),
     ("7x", None), ("", None), ("99999w", None), ("٣d", None), ("1d" * 5, None)],
)  # fmt: skip
def test_durations(text: str, seconds: int | None) -> None:
    assert duration_seconds(text) == seconds


DESK = {"queue": ["payments", "Level 2", "network"], "owner": ["alice", "bo"], "field.asset": ["laptop"]}


@pytest.mark.parametrize(
    ("before", "after", "offered", "completed"),
    [
        ("sta", "", "state:", "state:"),
        ("vpn -prio", "", "priority:", "vpn -priority:"),
        ("(que", ")", "queue:", "(queue:)"),
        ("is:mi", "", "mine", "is:mine"),
        ("is:open,ne", "", "new", "is:open,new"),
        ("-state:so", " x", "solved", "-state:solved x"),
        ("st", "ate:open", "state:", "state:open"),
        ("priority:p", "", "P1", "priority:P1"),
        ("sla:br", "", "breached", "sla:breached"),
        ("has:", "", "attachment", "has:attachment"),
        ("queue:pay", "", "payments", "queue:payments"),
        ("queue:lev", "", '"Level 2"', 'queue:"Level 2"'),
        ('queue:"lev', "", '"Level 2"', 'queue:"Level 2"'),
        ("queue:work", "", "network", "queue:network"),
        ("owner:", "", "me", "owner:me"),
        ("owner:no", "", "none", "owner:none"),
        ("created:to", "", "today", "created:today"),
        ("due:", "", "<2h", "due:<2h"),
        ("field.", "", "field.asset:", "field.asset:"),
        ("field.asset:", "", "laptop", "field.asset:laptop"),
        ("channel:ph", "", "phone", "channel:phone"),
    ],
)
def test_completion(before: str, after: str, offered: str, completed: str) -> None:
    text = before + after
    offers = complete(text, len(before), DESK)
    offer = next(one for one in offers if one.text == offered)
    assert text[: offer.start] + offer.text + text[offer.end :] == completed
    if not completed.endswith((":", ":)")):
        parse(completed)


def test_completion_puts_beginnings_first_and_keeps_out_of_phrases() -> None:
    assert [one.text for one in complete("s", 1)][:2] == ["state:", "step:"]
    assert complete('"sta', 4) == []
    assert [one.text for one in complete("created:<", 9)] == ["<2h", "<1d", "<7d"]
    assert complete("created:>", 9) == []
    assert complete("nosuch:x", 8, DESK) == []
    assert {one.text for one in complete("", 0)} == {"is:", *(f"{name}:" for name in FIELDS)}
    assert all(one.help for one in complete("", 0))


@given(QUERY_TEXT, st.integers(-1, 200))
def test_completion_takes_any_text(text: str, cursor: int) -> None:
    for one in complete(text, cursor, DESK):
        assert 0 <= one.start <= one.end <= len(text)
