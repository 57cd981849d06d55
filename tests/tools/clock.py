"""A wall clock that jumps while a program runs, by libfaketime."""

from __future__ import annotations

from pathlib import Path

from tools.missing import missing

LIBRARIES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")


# Python sleeps until a monotonic time; libfaketime 0.9.10 takes the wall clock off it: EINVAL. And all processes that
# it is loaded into share a semaphore: with a child killed while it holds that, they would stand still.
SITE = """
import os, select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
for name in ("LD_PRELOAD", "FAKETIME_SHARED"):
    os.environ.pop(name, None)
"""


class Clock:
    """The wall clock of the Python started with `environ`, and of no child of its; libfaketime reads its file at every
    question."""

    def __init__(self, folder: Path) -> None:
        found = [path for folder in LIBRARIES for path in Path(folder).glob("libfaketimeMT.so.1")]
        if not found:
            missing("libfaketime is not installed: run `make tools`, or `apt-get install faketime`.")
        self._file = folder / "faketime"
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(SITE, "utf-8")
        self.environ = {
            "PYTHONPATH": str(site),
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Else the waits for Python's interpreter lock end at once, and busy threads take each other's time.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }
        self.jump("+0")

    def jump(self, offset: str) -> None:
        """Set it off by so much (`+1d`) against the true time."""
        self._file.write_text(offset, "utf-8")
