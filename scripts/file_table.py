"""Write ARCHITECTURE.md's table of files from the first sentence of each module; --check only compares."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- files: begin -->", "<!-- files: end -->"


def sentence(path: Path) -> str:
    """Return the first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.strip().splitlines()[0] if text.strip() else ""


def table() -> str:
    """Return the table, one section a package."""
    source = ROOT / "src"
    lines: list[str] = []
    folder = None
    for path in sorted(source.rglob("*.py"), key=lambda item: (item.parent, item.name)):
        if "versions" in path.parts and path.name == "__init__.py":
            continue
        if path.parent != folder:
            folder = path.parent
            lines += ["", f"### {folder.relative_to(source)}", "", "| file | why it exists |", "|---|---|"]
        lines.append(f"| `{path.name}` | {sentence(path).replace('|', chr(92) + '|')} |")
    return "\n".join(lines).strip()


def main() -> int:
    """Rewrite the table, or say that it is stale."""
    document = ROOT / "ARCHITECTURE.md"
    text = document.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    fresh = f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"
    if "--check" in sys.argv[1:]:
        if fresh != text:
            sys.stderr.write("ARCHITECTURE.md's table of files is stale: run scripts/file_table.py\n")
            return 1
        return 0
    document.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
