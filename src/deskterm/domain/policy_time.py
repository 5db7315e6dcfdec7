"""The part of a policy file about time worked: whether it is counted, until when, and how it is rounded."""

from __future__ import annotations

from deskterm.domain.durations import read_duration, write_duration
from deskterm.domain.policy import TimeSettings
from deskterm.domain.policy_reader import Part

OFF = "off"
MINUTE, HOUR = 60, 3600


def time_settings(part: Part, base: TimeSettings) -> TimeSettings:
    """Read the time table; what it leaves out stays as it was."""
    found = TimeSettings(
        part.get("on", bool, base.on),
        part.read("idle", _idle, base.idle),
        part.read("least", _least, base.least),
        part.read("round", _round, base.round),
        part.get("ask", bool, base.ask),
    )
    part.done()
    return found


def _idle(text: str) -> int:
    seconds = read_duration(text)
    if not MINUTE <= seconds <= HOUR:
        raise ValueError("must be 1 minute to 1 hour")
    return seconds


def _least(text: str) -> int:
    seconds = read_duration(text)
    if not 1 <= seconds <= HOUR:
        raise ValueError("must be 1 second to 1 hour")
    return seconds


def _round(text: str) -> int:
    seconds = 0 if text.strip().casefold() == OFF else read_duration(text)
    if seconds > HOUR:
        raise ValueError("must be at most 1 hour, or off")
    return seconds


def written(settings: TimeSettings) -> dict[str, str]:
    """Return what settings say, by the names and as the values of a file."""
    return {
        "on": _flag(settings.on),
        "idle": f'"{write_duration(settings.idle)}"',
        "least": f'"{write_duration(settings.least)}"',
        "round": f'"{write_duration(settings.round) if settings.round else OFF}"',
        "ask": _flag(settings.ask),
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"
