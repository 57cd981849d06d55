"""How many cores this process may really use."""

from __future__ import annotations

import os
from pathlib import Path


def usable_cores(membership: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores by CPU affinity and by the quota of the control groups around this process, at least 1.

    A container limited to 2 of 64 cores still sees 64: that many threads would wait for one another most of
    the time. Quotas as in the kernel's cgroup-v2 documentation, `cpu.max`: "max 100000" or "200000 100000".
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([affinity, *_quotas(membership, root)]))


def _quotas(membership: Path, root: Path) -> list[int]:
    try:
        line = next(line for line in membership.read_text("utf-8").splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):
        return []
    own = Path(line.removeprefix("0::/"))
    return [cores for group in (own, *own.parents) if (cores := _quota(root / group / "cpu.max"))]


def _quota(file: Path) -> int:
    """Whole cores that the quota is worth, rounded up; 0 for none."""
    try:
        quota, period = map(int, file.read_text("utf-8").split())
    except (OSError, ValueError):  # "max" is no number: no quota
        return 0
    return -(-quota // period) if period > 0 else 0
