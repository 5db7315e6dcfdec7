"""Write the generated parts of the documents from the code: files, keys, query fields; --check compares."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

from deskterm.domain.query import FIELDS, IS_VALUES
from deskterm.ui.key_names import shown_key
from deskterm.ui.keymap import ACTIONS, SCREENS

ROOT = Path(__file__).parent.parent


def sentence(path: Path) -> str:
    """Return the first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.strip().splitlines()[0] if text.strip() else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def files() -> str:
    """Return the table of files, one section a package."""
    source = ROOT / "src"
    lines: list[str] = []
    folder = None
    for path in sorted(source.rglob("*.py"), key=lambda item: (item.parent, item.name)):
        if path.parent != folder:
            folder = path.parent
            lines += ["", f"### {folder.relative_to(source)}", "", "| file | why it exists |", "|---|---|"]
        lines.append(f"| `{path.name}` | {_cell(sentence(path))} |")
    return "\n".join(lines).strip()


def keys() -> str:
    """Return the table of keys, one section a screen."""
    lines: list[str] = []
    for screen, scopes in SCREENS.items():
        lines += ["", f"## {screen.capitalize()}", "", "| key | does | name for `[keys]` |", "|---|---|---|"]
        for scope in scopes:
            if scope == "everywhere" and screen != "inbox":
                continue
            for action in (action for action in ACTIONS if action.scope == scope):
                shown = " ".join(f"`{shown_key(key)}`" for key in action.keys)
                lines.append(f"| {_cell(shown)} | {_cell(action.help)} | `{action.name}` |")
        if "everywhere" in scopes and screen != "inbox":
            lines += ["", "And everything that works everywhere (see Inbox, from `go.inbox` on)."]
    return "\n".join(lines).strip()


def fields() -> str:
    """Return the tables of the query language."""
    lines = ["| field | what it holds |", "|---|---|"]
    for name, info in FIELDS.items():
        words = f" ({', '.join(info.choices)})" if info.kind == "choice" else ""
        lines.append(f"| `{name}:` | {_cell(info.help)}{_cell(words)} |")
    lines += ["| `field.NAME:` | a form's field |", "", "| `is:` | means |", "|---|---|"]
    lines += [f"| `is:{name}` | {_cell(text)} |" for name, text in IS_VALUES.items()]
    return "\n".join(lines)


PARTS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("ARCHITECTURE.md", "files", files),
    ("docs/keys.md", "keys", keys),
    ("docs/query.md", "fields", fields),
)


def fresh(document: str, part: str, make: Callable[[], str]) -> str:
    """Return a document with its generated part made anew."""
    text = (ROOT / document).read_text("utf-8")
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n\n{make()}\n\n{end}{tail}"


def main() -> int:
    """Rewrite what is stale, or say what is."""
    stale = []
    for document, part, make in PARTS:
        path, text = ROOT / document, fresh(document, part, make)
        if text != path.read_text("utf-8"):
            stale.append(document)
            if "--check" not in sys.argv[1:]:
                path.write_text(text, "utf-8")
    if stale and "--check" in sys.argv[1:]:
        sys.stderr.write(f"stale: {', '.join(stale)}; run make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
