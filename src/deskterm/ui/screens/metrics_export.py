"""Writing metrics to a file: figures as CSV or JSON, the screen as SVG, never over what is there unasked."""

from __future__ import annotations

import asyncio
import json
import os
import re
from abc import abstractmethod
from pathlib import Path

from deskterm.domain.views import MetricsView
from deskterm.ui.screens.base import DeskScreen

KINDS = (".csv", ".json", ".svg")
_FONTS = re.compile(r"@font-face\s*{[^}]*}")


def wrong_path(text: str) -> str:
    """Say what is wrong with a path to write to, "" when nothing is."""
    path = Path(text.strip()).expanduser()
    if path.suffix.lower() not in KINDS:
        return "the name must end in .csv, .json or .svg"
    if path.is_dir():
        return f"{path} is a folder"
    if not path.absolute().parent.is_dir():
        return f"there is no folder {path.absolute().parent}"
    return ""


def plain_svg(svg: str) -> str:
    """Take font addresses out, and keep spaces at the begin of a text in renderers that drop them."""
    svg = _FONTS.sub("", svg)
    return svg.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')


def write(path: Path, text: str) -> None:
    """Write a file that only its owner can read. Raises OSError."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)


class MetricsExport(DeskScreen):
    """The part of the metrics screen that writes files."""

    @abstractmethod
    def figures_shown(self) -> MetricsView | None:
        """The figures on the screen."""

    async def do_metrics_export(self) -> None:
        """Ask for a path and write what its ending says."""
        from deskterm.ui.dialogs.prompt import Prompt

        view = self.figures_shown()
        if view is None:
            self.status("There are no figures yet", error=True)
            return
        if not self.desk.trusted:
            self.status(
                "This session may not write files here", error=True, hint="use deskterm metrics --json"
            )
            return
        # Taken now: a moment later the dialog is part of the screen.
        picture = plain_svg(self.app.export_screenshot(title="deskterm metrics"))
        day = self.desk.now().astimezone(self.desk.zone).date()
        answer = await self.ask(
            Prompt(
                "Export",
                "File",
                value=f"deskterm-metrics-{day}.csv",
                help=".csv or .json for the figures, .svg for this screen",
                check=wrong_path,
                verb="write",
            )
        )
        if answer is None:
            return
        path = Path(answer["text"].strip()).expanduser()
        if not path.exists() or await self._replace(path):
            await self._write(path, view, picture)

    async def _replace(self, path: Path) -> bool:
        from deskterm.ui.dialogs.confirm import Confirm

        text = f"{path} is there already."
        answer = await self.ask(Confirm("Replace the file?", text, yes="replace", no="leave it"))
        return bool(answer)

    async def _write(self, path: Path, view: MetricsView, picture: str) -> None:
        from deskterm.store.metrics import as_csv, as_json

        kind = path.suffix.lower()
        if kind == ".svg":
            text = picture
        else:
            text = as_csv(view) if kind == ".csv" else json.dumps(as_json(view), indent=2) + "\n"
        try:
            await asyncio.to_thread(write, path, text)
        except OSError as error:
            self.status(f"{path} could not be written: {error.strerror}", error=True)
        else:
            self.status(f"Wrote {path}")
