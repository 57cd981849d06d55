"""The model gets as many threads as the machine really gives this process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.llm.cores import usable_cores


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this process's control group on a machine with 64 cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    (tmp_path / "membership").write_text("1:name=systemd:/x\n0::/outer/inner\n")
    folder = tmp_path / "cgroup" / "outer" / "inner"
    folder.mkdir(parents=True)
    return folder


def cores(tmp_path: Path) -> int:
    return usable_cores(tmp_path / "membership", tmp_path / "cgroup")


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("max 100000", 64),
        ("6400000 50000", 64),
        ("rubbish", 64),
        ("1 0", 64),
    ],
)
def test_a_quota_limits_the_cores(group: Path, tmp_path: Path, quota: str, expected: int) -> None:
    """Rounded up, never more than the machine has, and ignored where it says nothing."""
    (group / "cpu.max").write_text(quota)
    assert cores(tmp_path) == expected


def test_the_quota_of_an_outer_group_counts_too(group: Path, tmp_path: Path) -> None:
    """A service inside a limited container is as limited as it."""
    (group / "cpu.max").write_text("max 100000")
    (group.parent / "cpu.max").write_text("300000 100000")
    assert cores(tmp_path) == 3


def test_without_control_groups_the_affinity_decides(group: Path, tmp_path: Path) -> None:
    """No cgroup v2, no quota."""
    (tmp_path / "membership").unlink()
    assert cores(tmp_path) == 64


def test_this_machine_has_some() -> None:
    """On the real files, whatever they say."""
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
