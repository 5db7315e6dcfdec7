"""Configuration: command line, environment and file, in this order, as one frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskterm.domain.errors import UsageError

if TYPE_CHECKING:
    from deskterm.mail_config import MailboxConfig
    from deskterm.smtp_config import SmtpServer, WebhookConfig

LAYOUTS = ("default", "wide")
_KNOWN = {"db": str, "agent": str, "theme": str, "layout": str, "timezone": str, "keys": dict, "mail": dict}
_KNOWN |= {"webhooks": dict}


@dataclass(frozen=True, slots=True)
class Config:
    """Where the desk is, who works on it, and how it looks; `keys` rebinds actions (name to key or keys)."""

    db: str
    agent: str = ""
    theme: str = ""
    layout: str = "default"
    timezone: str = ""
    keys: Mapping[str, Any] = field(default_factory=dict)
    mail: Mapping[str, Any] = field(default_factory=dict)
    webhooks: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None

    def zone(self) -> tzinfo:
        """The agent's time zone: the configured one, else the machine's. Raises UsageError for no zone."""
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        if self.timezone:
            try:
                return ZoneInfo(self.timezone)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise UsageError(
                    f"{self.timezone!r} is no time zone",
                    field="timezone",
                    hint="a name such as Europe/Berlin",
                ) from error
        import tzlocal

        return tzlocal.get_localzone()

    def mailboxes(self) -> tuple[MailboxConfig, ...]:
        """The mailboxes that mail comes in by. Raises UsageError."""
        from deskterm.mail_config import read_mailboxes

        return read_mailboxes(self.mail)

    def servers(self) -> tuple[SmtpServer, ...]:
        """The servers that mail goes out by. Raises UsageError."""
        from deskterm.smtp_config import read_servers

        return read_servers(self.mail)

    def webhook_config(self) -> WebhookConfig:
        """How webhooks are called. Raises UsageError."""
        from deskterm.smtp_config import read_webhooks

        return read_webhooks(self.webhooks)


def data_folder() -> Path:
    """The folder of the user's real desk."""
    import platformdirs

    return Path(platformdirs.user_data_dir("deskterm", appauthor=False))


def cache_folder() -> Path:
    """The folder of the demo desk."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("deskterm", appauthor=False))


def state_folder() -> Path:
    """The folder of the log."""
    import platformdirs

    return Path(platformdirs.user_state_dir("deskterm", appauthor=False))


def config_file() -> Path:
    """Where the configuration file is looked for when none is named."""
    import platformdirs

    return Path(platformdirs.user_config_dir("deskterm", appauthor=False)) / "config.toml"


def load(
    *,
    db: str = "",
    agent: str = "",
    file: str = "",
    layout: str = "",
    theme: str = "",
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Return the configuration: arguments win over DESKTERM_DB, that over the file, that over the defaults.

    Raises UsageError for a file that cannot be read, is no TOML, or holds an unknown or ill-typed setting.
    """
    environ = os.environ if environ is None else environ
    path = Path(file).expanduser() if file else config_file()
    held = _read(path, named=bool(file))
    config = Config(
        db=db or environ.get("DESKTERM_DB", "") or held.get("db", "") or str(data_folder() / "desk.db"),
        agent=agent or held.get("agent", ""),
        theme=theme or held.get("theme", ""),
        layout=layout or held.get("layout", "") or "default",
        timezone=held.get("timezone", ""),
        keys=held.get("keys", {}),
        mail=held.get("mail", {}),
        webhooks=held.get("webhooks", {}),
        file=path if held else None,
    )
    if config.layout not in LAYOUTS:
        raise UsageError(
            f"{config.layout!r} is no layout", field="layout", hint="one of " + ", ".join(LAYOUTS)
        )
    return config


def _read(path: Path, *, named: bool) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if named:
            raise UsageError(f"there is no configuration file {path}", field="config") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", field="config") from error
    import tomllib

    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}", field="config") from error
    for name, value in held.items():
        if name not in _KNOWN:
            raise UsageError(
                f"{path}: unknown setting {name!r}", field=name, hint="one of " + ", ".join(sorted(_KNOWN))
            )
        if not isinstance(value, _KNOWN[name]):
            raise UsageError(f"{path}: {name} must be a {_KNOWN[name].__name__}", field=name)
    return held


def with_db(config: Config, db: str) -> Config:
    """The same configuration for another desk."""
    return replace(config, db=db)
