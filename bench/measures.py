"""What is measured on a running program: single keys, held keys, bursts, waits for a screen, and quiet."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable
from time import perf_counter as now

from bench import process
from bench.keys import parse
from bench.session import Failure, Session

Figures = dict[str, float]
"""Figures by name, such as "move.p50"; times in milliseconds."""


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def shows(pattern: str) -> Callable[[str], bool]:
    """Return a watch for a regular expression on the screen."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: compiled.search(text) is not None


def start(session: Session, ready: str) -> Figures:
    """From fork to the chunk with the pattern on the screen: the first page."""
    chunk = session.wait(shows(ready), f"start: {ready!r}")
    return {"start.ms": 1000 * (chunk.at - session.started), "start.cpu": 1000 * chunk.cpu}


def keys(session: Session, name: str, spec: str, *, quiet: float = 0.04) -> Figures:
    """Press keys one at a time, each after the last has settled; the quiet is not counted. Raises Failure."""
    first: list[float] = []
    settled: list[float] = []
    sizes: list[int] = []
    frames = 0
    cpu = session.cpu()
    for key in parse(spec):
        began = session.mark()
        session.write(key)
        if session.settle(quiet):
            first.append(1000 * (session.first_at - began))
            settled.append(1000 * (session.last_at - began))
            frames += session.frames
        sizes.append(session.bytes)
    if not settled:
        raise Failure(f"{name}: no key had an answer\n{session.terminal.text()}")
    return {
        f"{name}.p50": percentile(settled, 0.5),
        f"{name}.p95": percentile(settled, 0.95),
        f"{name}.first": percentile(first, 0.5),
        f"{name}.bytes": statistics.fmean(sizes),
        f"{name}.frames": frames / len(settled),
        f"{name}.cpu": 1000 * (session.cpu() - cpu) / len(sizes),
        f"{name}.silent": len(sizes) - len(settled),
    }


def send(session: Session, spec: str, *, quiet: float = 0.15) -> None:
    """Press keys without measuring, each after the last has settled."""
    for key in parse(spec):
        session.mark()
        session.write(key)
        session.settle(quiet)
    session.digest()


def until(session: Session, name: str, spec: str, pattern: str) -> Figures:
    """From the last of some keys to a pattern on the screen, not there before. Raises Failure."""
    *lead, last = parse(spec)
    for key in lead:
        session.mark()
        session.write(key)
        session.settle(0.1)
    began = session.mark()
    if shows(pattern)(session.terminal.text()):
        raise Failure(f"{name}: {pattern!r} was on the screen before\n{session.terminal.text()}")
    cpu = session.cpu()
    session.write(last)
    chunk = session.wait(shows(pattern), f"{name}: {pattern!r}")
    session.settle(0.1)
    return {
        f"{name}.ms": 1000 * (chunk.at - began),
        f"{name}.settled": 1000 * (session.last_at - began),
        f"{name}.bytes": session.bytes,
        f"{name}.frames": session.frames,
        f"{name}.cpu": 1000 * (session.cpu() - cpu),
    }


def held(session: Session, spec: str, *, hertz: float = 30.0, quiet: float = 0.4) -> Figures:
    """Hold a key down; the lag is from the last press to the last byte before things settle."""
    pressed = parse(spec)
    cpu, began = session.cpu(), session.mark()
    sent = began
    for place, key in enumerate(pressed):
        while (left := began + place / hertz - now()) > 0:
            session.read(left)
        sent = now()
        session.write(key)
    session.settle(0.04)
    lag = max(0.0, session.last_at - sent)
    span, size = session.last_at - began, session.bytes
    used = session.cpu() - cpu
    session.settle(quiet)
    return {
        "held.lag": 1000 * lag,
        "held.core": 100 * used / span,
        "held.bytes": size / len(pressed),
    }


def burst(session: Session, spec: str) -> Figures:
    """Send many keys at once."""
    pressed = parse(spec)
    cpu, began = session.cpu(), session.mark()
    session.write(b"".join(pressed))
    session.settle(0.4, first=2, timeout=30)
    return {
        "burst.ms": 1000 * (session.last_at - began),
        "burst.bytes": session.bytes,
        "burst.frames": session.frames,
        "burst.cpu": 1000 * (session.cpu() - cpu),
    }


def rest(session: Session, name: str, spec: str, after: float = 0.06) -> Figures:
    """Press a key, let it settle, and count what is painted later by itself (the preview)."""
    sizes, times = [], []
    frames = 0
    for key in parse(spec):
        began = session.mark()
        session.write(key)
        session.settle(0.04)
        session.rest(max(0.0, began + after - now()))
        before = session.mark()
        session.rest(0.4)
        sizes.append(session.bytes)
        frames += session.frames
        times.append(1000 * (session.last_at - began) if session.last_at else 1000 * (before - began))
    return {
        f"{name}.bytes": statistics.fmean(sizes),
        f"{name}.frames": frames / len(sizes),
        f"{name}.ms": percentile(times, 0.5),
    }


def idle(session: Session, seconds: float, name: str = "idle") -> Figures:
    """Leave it alone."""
    session.settle(0.5)
    cpu, woken, began = session.cpu(), process.wakeups(session.pid), session.mark()
    session.rest(seconds)
    span = now() - began
    return {
        f"{name}.core": 100 * (session.cpu() - cpu) / span,
        f"{name}.wakeups": (process.wakeups(session.pid) - woken) / span,
        f"{name}.bytes": session.bytes * 60 / span,
        f"{name}.frames": session.frames * 60 / span,
    }


def memory(session: Session) -> Figures:
    """What it holds now, in MiB."""
    return {f"memory.{name}": value for name, value in process.memory(session.pid).items()}
