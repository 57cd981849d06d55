"""A home: made once, kept for ever, closed to others."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen import home
from protogen.config import ConfigError, Settings
from protogen.ledger import Ledger
from tools.missing import ROOT


def test_a_new_home_has_the_settings_that_come_with_the_program(tmp_path: Path) -> None:
    """Byte for byte; folders above it are made too."""
    folder = tmp_path / "above" / "home"
    settings = home.create(folder)
    assert settings.home == folder
    assert (folder / "config.yaml").read_bytes() == (ROOT / "config.yaml").read_bytes()
    with Ledger(settings.ledger_dir) as ledger:
        assert ledger.jobs() == []


def test_what_stands_in_a_home_is_kept(tmp_path: Path) -> None:
    """Settings, drops, sites and ledger."""
    settings = home.create(tmp_path)
    for name in ("inbox/order.yaml", "published/site.txt", "config.yaml"):
        (tmp_path / name).write_text("{}", "utf-8")
    key = (tmp_path / "ledger.key").read_bytes()
    home.create(tmp_path)
    assert (settings.inbox_dir / "order.yaml").read_text("utf-8") == "{}"
    assert (settings.published_dir / "site.txt").exists()
    assert (tmp_path / "config.yaml").read_text("utf-8") == "{}"
    assert (tmp_path / "ledger.key").read_bytes() == key


@pytest.mark.parametrize(
    ("name", "mode"),
    [("inbox", 0o770), ("published", 0o755), ("run", 0o700), ("ledger.git", 0o700), ("ledger.key", 0o600)],
)
def test_only_the_published_sites_are_everybodys(tmp_path: Path, name: str, mode: int) -> None:
    """Whatever the umask."""
    home.create(tmp_path)
    assert (tmp_path / name).stat().st_mode & 0o777 == mode


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """With the path and the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file cannot be made a home"):
        home.create(tmp_path / "file")
    with pytest.raises(ConfigError, match=r"cannot be made.*choose another folder"):
        home.ready(Settings(home=tmp_path, inbox=Path("file/inbox")))


def test_settings_that_cannot_be_used_make_no_ledger(tmp_path: Path) -> None:
    """The mistake is told before anything is written where it may not belong."""
    (tmp_path / "config.yaml").write_text("leger: here", "utf-8")
    with pytest.raises(ConfigError, match="did you mean 'ledger'"):
        home.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_what_comes_with_the_program_is_found() -> None:
    """In the checkout beside the package; in a wheel within it."""
    for name in ("config.yaml", "site_templates", "examples"):
        assert home.packaged(name).exists()
