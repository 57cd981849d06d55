"""Making drops: whole, durable, and named by their job id, so that their status answers at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from protogen.config import IntakeSettings
from protogen.files import move, sync_dir, sync_file, write_file, write_tree
from protogen.intake.contents import COMPLETE, Folder, ignored
from protogen.intake.parse import parse_drop
from protogen.intake.rejected import Rejected
from protogen.intake.text import file_name, fold, free_name, one_line
from protogen.job import new_job_id
from protogen.submission import REQUEST_NAME, Attachment, Submission, to_yaml

Kind = Literal["voice", "files"]
KINDS: tuple[Kind, ...] = ("voice", "files")


def drop(path: Path, inbox: Path, limits: IntakeSettings | None = None) -> str:
    """Put a copy of the drop at `path` into the inbox; gives the job id that it is named by.

    A YAML file takes along the files beside it that it names. Raises Rejected if the drop cannot be used,
    OSError if it cannot be copied; the inbox then has nothing of it.
    """
    limits = limits or IntakeSettings()
    path = path.resolve()
    submission = parse_drop(path, limits)
    job_id = new_job_id()
    if path.is_dir():
        _enter(inbox, job_id, _folder_files(path, limits))
    elif path.suffix.lower() == ".zip":
        write_file(inbox / f"{job_id}.zip", path.read_bytes())
    else:
        _enter(inbox, job_id, {REQUEST_NAME: path.read_bytes()} | _attached(submission))
    return job_id


class NewDrop:
    """A drop on its way into an inbox from a form or a program: files as they come, then the fields.

    Nothing of it is a drop before `enter`; `discard` removes what was written. Attachments may have whatever
    names their senders gave them: one that no file can have is replaced. Nothing outside of the drop can be
    reached from it, whatever the fields name. Methods raise OSError if it cannot be written.
    """

    def __init__(self, inbox: Path, job_id: str | None = None) -> None:
        self.job_id = job_id or new_job_id()
        self._inbox = inbox
        self._names: dict[Kind, set[str]] = {}
        self._came: dict[Kind, list[str]] = {}
        self.path.mkdir()
        self.path.chmod(0o755)

    @property
    def path(self) -> Path:
        """Where it lies until `enter`; the intake passes over this name."""
        return self._inbox / f"{self.job_id}.tmp"

    def attach(self, kind: Kind, name: str) -> BinaryIO:
        """A new file to write an attachment into; close it before `write_fields`."""
        folder = self.path / kind
        if kind not in self._names:
            self._names[kind] = set()
            folder.mkdir()
            folder.chmod(0o755)
        name = free_name(_usable_name(name), self._names[kind])
        self._names[kind].add(fold(name))
        self._came.setdefault(kind, []).append(f"{kind}/{name}")
        return (folder / name).open("xb")

    def write_fields(self, fields: Mapping[str, object]) -> int:
        """Write the request: JSON values under any names of the submission format, and what was attached.

        Gives its size in bytes.
        """
        record = dict(fields)
        for kind in KINDS:
            named = record.pop(kind, None) or []
            if every := [*(named if isinstance(named, list) else [named]), *self._came.get(kind, [])]:
                record[kind] = every
        return (self.path / REQUEST_NAME).write_bytes(to_yaml(record).encode("utf-8", "replace"))

    def enter(self) -> str:
        """Let it into the inbox once all of it is on the disk; gives its job id."""
        (self.path / COMPLETE).touch()
        for file in (REQUEST_NAME, COMPLETE, *(name for names in self._came.values() for name in names)):
            sync_file(self.path / file)
        for folder in (*(self.path / kind for kind in self._came), self.path):
            sync_dir(folder)
        move(self.path, self._inbox / self.job_id)
        return self.job_id

    def discard(self) -> None:
        """Remove it, unless it has entered."""
        shutil.rmtree(self.path, ignore_errors=True)


def write_drop(
    fields: Mapping[str, object],
    inbox: Path,
    files: Iterable[Attachment] = (),
    voice: Iterable[Attachment] = (),
    job_id: str | None = None,
) -> str:
    """Put a request into the inbox whose attachments are in memory; gives its job id. Raises OSError."""
    new = NewDrop(inbox, job_id)
    attachments: tuple[tuple[Kind, Iterable[Attachment]], ...] = (("voice", voice), ("files", files))
    try:
        for kind, each in ((kind, each) for kind, several in attachments for each in several):
            with new.attach(kind, each.name) as file:
                file.write(each.data)
        new.write_fields(fields)
        return new.enter()
    except BaseException:
        new.discard()
        raise


def _enter(inbox: Path, job_id: str, contents: Mapping[str, bytes]) -> None:
    """Write a folder drop under a temporary name, and rename it when all of it is on the disk."""
    temporary = inbox / f"{job_id}.tmp"
    try:
        write_tree(temporary, {**contents, COMPLETE: b""})
        move(temporary, inbox / job_id)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _folder_files(path: Path, limits: IntakeSettings) -> dict[str, bytes]:
    """The files of a folder that can be used; what was refused is named in a note when the drop is read."""
    contents = Folder(path)
    files: dict[str, bytes] = {}
    for name in contents.names:
        try:
            files[name] = contents.read(name, limits.max_file_bytes)
        except (Rejected, FileNotFoundError):
            continue
    return files


def _attached(submission: Submission) -> dict[str, bytes]:
    return {each.name: each.data for each in (*submission.voice, *submission.files)}


def _usable_name(name: str) -> str:
    """A name for an attachment that comes as near to its sender's as is safe."""
    name = one_line(re.split(r"[/\\]", name)[-1])
    try:
        if not ignored(name := file_name(name)):
            return name
    except Rejected:
        pass
    suffix = PurePosixPath(name).suffix
    return "attachment" + (suffix if re.fullmatch(r"\.(?!tmp)[A-Za-z0-9]{1,8}", suffix) else "")
