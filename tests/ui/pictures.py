"""Pictures of screens beside the tests: the same bytes on every machine and every day."""

from __future__ import annotations

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App

from scripts.pictures import plain_svg


def picture(app: App[None]) -> str:
    """Return what an app shows now."""
    return plain_svg(app.export_screenshot(title="deskterm"))


class CleanPicture(SingleFileSnapshotExtension):
    """Keeps pictures beside the tests as plain SVG files."""

    _file_extension = "svg"
    _write_mode = WriteMode.TEXT
