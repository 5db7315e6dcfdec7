"""The shape of the code: who imports whom, how long a file may be, and what a file says of itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/deskterm"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400
MOST_LINES_OF_APP = 200
HEAVY = ("textual", "rich", "sqlalchemy", "alembic", "apscheduler", "psycopg")

# Written in parts, so that this file does not hold what it looks for.
INDEX_HOST = re.compile("|".join(("file:///" + "opt", "(?<!no-emit-)index-" + "url", "registry " + "=")))


def name_of(path: Path) -> str:
    """The path as it is said in a message."""
    return path.relative_to(PACKAGE).as_posix()


def lines_of(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_is_too_long() -> None:
    long = {name_of(path): lines_of(path) for path in MODULES if lines_of(path) > MOST_LINES}
    assert not long


def test_the_app_only_puts_parts_together() -> None:
    app = PACKAGE / "ui/app.py"
    assert not app.exists() or lines_of(app) < MOST_LINES_OF_APP


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_opens_with_a_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = docstring.split("\n\n")[0]
    assert re.match(r"\S+ \S+.*[.!?]$", first, re.DOTALL), f"{name_of(path)} opens with {first!r}"


def test_imports_keep_the_contracts() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_domain_imports_the_standard_library_alone() -> None:
    strangers = set()
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
            for name in names:
                if not (name.startswith("deskterm.domain") or name.split(".")[0] in sys.stdlib_module_names):
                    strangers.add(f"{name_of(path)} imports {name}")
    assert not strangers


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = f"import sys, deskterm.cli; print(*sorted(set({HEAVY!r}) & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_no_committed_file_names_a_package_index() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    found = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and INDEX_HOST.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(name)
    assert not found


def test_the_first_page_needs_little_of_the_domain() -> None:
    """A start is measured in milliseconds, and every module of the domain costs some of them."""
    script = (
        "import sys, deskterm.ui.app, deskterm.ui.screens.inbox, deskterm.cli.screen, deskterm.cli.run\n"
        "import deskterm.storage.first_page\n"
        "print(*(name for name in sys.modules if name.startswith('deskterm.domain.')))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    names = {name.removeprefix("deskterm.domain.") for name in told.split()}
    assert names <= {"errors", "kinds", "left", "lists", "plain"}
