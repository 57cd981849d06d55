"""A home: the folder that protogen runs in, with its settings, inbox, sites and ledger."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from protogen.config import CONFIG_NAME, ConfigError, Settings, load
from protogen.ledger import Ledger


def create(folder: Path) -> Settings:
    """Make a home in `folder`; what stands there is kept. Raises ConfigError if its settings cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / CONFIG_NAME
        if not config.exists():
            shutil.copyfile(packaged(CONFIG_NAME), config)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be made a home ({error.strerror}); choose another folder."
        ) from None
    settings = load(folder)
    ready(settings).close()
    return settings


def ready(settings: Settings) -> Ledger:
    """The home's folders and ledger, made where they are missing; the ledger, opened.

    Raises LedgerError, or ConfigError where a folder cannot be made.
    """
    try:
        for path in (settings.inbox_dir, settings.published_dir, settings.run_dir):
            path.mkdir(parents=True, exist_ok=True)
        settings.inbox_dir.chmod(0o770)
        settings.published_dir.chmod(0o755)
        settings.run_dir.chmod(0o700)
    except OSError as error:
        raise ConfigError(
            f"{error.filename} cannot be made ({error.strerror}); choose another folder."
        ) from None
    return Ledger.create(settings.ledger_dir)


def packaged(name: str) -> Path:
    """A file or folder that comes with protogen: beside the package in a wheel, above it in a checkout."""
    package = Path(str(files("protogen")))
    inside = package / name
    return inside if inside.exists() else package.parent / name
