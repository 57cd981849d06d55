"""A home of its own for a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.config import Settings, WebSettings


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """The settings of a fresh home in a temporary folder; the web server takes a free port."""
    settings = Settings(home=tmp_path, web=WebSettings(port=0), reserve_bytes=1_000_000)
    for folder in (settings.inbox_dir, settings.published_dir, settings.run_dir):
        folder.mkdir()
    return settings
