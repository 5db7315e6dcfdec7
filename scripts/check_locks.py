"""Check that both locks still follow pyproject.toml, offline and without the tool that made them.

Asks that every requirement has a pin that satisfies it on the same machines, that every pin has hashes,
that the locks agree with each other and hold nothing that is no longer needed, and that none names an
address. Exits 1 with one line for each fault; `make lock` puts them right.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
RUN_LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"

MACHINES = (
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
    ("darwin", "x86_64"),
    ("win32", "AMD64"),
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked release: the exact requirement and how many files it allows."""

    requirement: Requirement
    hashes: int


def read_lock(text: str) -> dict[str, list[Pin]]:
    """Parse a lock into its pins by project; a project has several where markers choose between them."""
    pins: dict[str, list[Pin]] = {}
    for entry in text.replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith("#"):
            requirement = Requirement(entry.split(" --hash=")[0].strip())
            pin = Pin(requirement, entry.count("--hash=sha256:"))
            pins.setdefault(canonicalize_name(requirement.name), []).append(pin)
    return pins


def environments() -> Iterator[dict[str, str]]:
    """The machines and versions of Python that a marker is tried on."""
    for platform, machine in MACHINES:
        for version in PYTHONS:
            yield {
                "sys_platform": platform,
                "platform_machine": machine,
                "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[platform],
                "os_name": "nt" if platform == "win32" else "posix",
                "python_version": version,
                "python_full_version": f"{version}.0",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
                "extra": "",
            }


def applies(marker: Marker | None, environment: Mapping[str, str]) -> bool:
    """Whether a requirement with this marker is wanted there."""
    return marker is None or marker.evaluate(dict(environment))


def faults_of(requirement: Requirement, lock: Mapping[str, list[Pin]]) -> Iterator[str]:
    """What the lock lacks for one requirement of pyproject.toml."""
    pins = lock.get(canonicalize_name(requirement.name), [])
    if not pins:
        yield f"{requirement.name} is not locked"
        return
    for pin in pins:
        version = str(pin.requirement.specifier).removeprefix("==")
        if not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement.name} is locked at {version}, and {requirement.specifier} is asked for"
    for environment in environments():
        if applies(requirement.marker, environment) and not any(
            applies(pin.requirement.marker, environment) for pin in pins
        ):
            yield (
                f"{requirement.name} is not locked for Python {environment['python_version']} on "
                f"{environment['sys_platform']} {environment['platform_machine']}"
            )


def needed(requirements: Iterable[Requirement]) -> set[str]:
    """Every project the requirements lead to, by what the installed ones say they need themselves."""
    found: set[str] = set()
    waiting = [(canonicalize_name(each.name), frozenset(each.extras)) for each in requirements]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        found.add(name)
        try:
            texts = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # Locked for another platform only.
        for text in texts:
            inner = Requirement(text)
            if any(
                applies(inner.marker, environment | {"extra": extra})
                for environment in environments()
                for extra in ("", *extras)
            ):
                step = (canonicalize_name(inner.name), frozenset(inner.extras))
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
    return found


def lock_faults(name: str, text: str, requirements: list[Requirement]) -> Iterator[str]:
    """Everything that is wrong with one lock, judged alone."""
    lock = read_lock(text)
    if re.search(r"://|^ *-(?!-hash=)", text, re.MULTILINE):
        yield f"{name}: names an address or sets an option"
    for requirement in requirements:
        yield from (f"{name}: {fault}" for fault in faults_of(requirement, lock))
    for project, pins in lock.items():
        for pin in pins:
            if not re.fullmatch(r"==[^*,]+", str(pin.requirement.specifier)):
                yield f"{name}: {project} is not pinned to one version"
            if not pin.hashes:
                yield f"{name}: {project} has no hashes"
    wanted = needed(requirements)
    for project in sorted(lock.keys() - wanted):
        yield f"{name}: {project} is locked and nothing needs it"
    for project in sorted(wanted - lock.keys()):
        yield f"{name}: {project} is needed and not locked"


def faults(root: Path = ROOT) -> list[str]:
    """Everything that is wrong with the locks of the project in this folder."""
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    groups: dict[str, list[str]] = project["dependency-groups"]
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    run = [*project["project"]["dependencies"], *extras["postgresql"], *groups["build"]]
    run_text = (root / RUN_LOCK).read_text(encoding="utf-8")
    test_text = (root / TEST_LOCK).read_text(encoding="utf-8")
    found = [
        *lock_faults(RUN_LOCK, run_text, [Requirement(each) for each in run]),
        *lock_faults(TEST_LOCK, test_text, [Requirement(each) for each in groups["test"]]),
    ]
    run_lock, test_lock = read_lock(run_text), read_lock(test_text)
    for name in sorted(run_lock.keys() & test_lock.keys()):
        versions = [{str(pin.requirement.specifier) for pin in lock[name]} for lock in (run_lock, test_lock)]
        if versions[0] != versions[1]:
            found.append(f"{name}: the locks disagree: {versions[0]} and {versions[1]}")
    return found


def main() -> int:
    """Print what is wrong, if anything, and return the exit code."""
    found = faults()
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        print("`make lock` resolves the locks again.", file=sys.stderr)
    else:
        print("Locks: consistent with pyproject.toml.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
