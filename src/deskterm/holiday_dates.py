"""The holidays of countries and their regions, by name, from the library that keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType

from deskterm.domain.hours import CalendarError

LONGEST_CODE = 3
MOST_NAMED = 16  # codes in the words of an error


def holiday_dates(country: str, region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year with their English names: the domain's HolidaySource.

    `country` is an ISO 3166 code such as DE, `region` one of its subdivisions such as BY or "" for what the
    whole country keeps, both in any case. A year the library knows nothing of has none.
    Raises CalendarError with the nearest known one when a country or region is unknown.
    """
    # Imported late: only a desk that observes a place pays for it, and only once it asks.
    import holidays
    from holidays.registry import COUNTRIES

    aliases = {alias.casefold(): codes[1] for codes in COUNTRIES.values() for alias in codes[2:]}
    names = {codes[1]: module.replace("_", " ").title() for module, codes in COUNTRIES.items()}
    code = _known(
        country, holidays.list_supported_countries(include_aliases=False), names, "country", aliases
    )
    kept = holidays.country_holidays(code)
    subdivision = None
    if region:
        names = {short: name for name, short in kept.subdivisions_aliases.items()}
        subdivision = _known(region, kept.subdivisions, names, f"region of {code}")
    found = holidays.country_holidays(code, subdiv=subdivision, years=year, expand=False, language="en_US")
    return dict(found.items())


def _known(
    written: str,
    codes: Iterable[str],
    names: Mapping[str, str],
    what: str,
    aliases: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the code as the library writes it, or refuse and say which is nearest."""
    by_word = {code.casefold(): code for code in codes}
    word = written.strip().casefold()
    if word in by_word:
        return by_word[word]
    # Whoever wrote a name is told its code; a code is too short to be told from another by its letters.
    by_name = {names[code].casefold(): code for code in by_word.values() if code in names}
    pool, alike = (by_word, 0.5) if len(word) <= LONGEST_CODE else (by_name, 0.6)
    near = get_close_matches(word, sorted(pool), 1, alike)
    nearest = aliases.get(word) or (pool[near[0]] if near else "")
    if nearest:
        name = f" ({names[nearest]})" if nearest in names else ""
        mend = f"did you mean {nearest}{name}?"
    elif by_word:
        some = sorted(by_word.values())
        mend = f"expected such as {', '.join(some[:MOST_NAMED])}{' …' if len(some) > MOST_NAMED else ''}"
    else:
        mend = "no region of it is known"
    raise CalendarError(f'there is no {what} "{written}" with holidays; {mend}', field="places", hint=nearest)
