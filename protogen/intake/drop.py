"""Making drops: whole, durable, and named by their job id, so that their status answers at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from protogen.config import IntakeSettings
from protogen.files import move, write_file, write_tree
from protogen.intake.contents import COMPLETE, Folder, ignored
from protogen.intake.parse import parse_drop
from protogen.intake.rejected import Rejected
from protogen.intake.text import file_name, fold, free_name, one_line
from protogen.job import new_job_id
from protogen.submission import REQUEST_NAME, Attachment, Submission, to_yaml


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


def write_drop(
    fields: Mapping[str, object],
    inbox: Path,
    files: Iterable[Attachment] = (),
    voice: Iterable[Attachment] = (),
    job_id: str | None = None,
) -> str:
    """Put a request that came by form or API into the inbox; gives its job id.

    `fields` are JSON values under any names of the submission format. Attachments may have whatever names
    their senders gave them: one that no file can have is replaced. Nothing outside of the drop can be
    reached from it, whatever `fields` names. Raises OSError if it cannot be written.
    """
    job_id = job_id or new_job_id()
    contents: dict[str, bytes] = {}
    for folder, attachments in (("voice", voice), ("files", files)):
        for each in attachments:
            taken = {fold(name.removeprefix(f"{folder}/")) for name in contents}
            contents[f"{folder}/{free_name(_usable_name(each.name), taken)}"] = each.data
    record = dict(fields)
    for folder in ("voice", "files"):
        named = record.get(folder) or []
        came = [name for name in contents if name.startswith(f"{folder}/")]
        record[folder] = [*(named if isinstance(named, list) else [named]), *came]
    _enter(inbox, job_id, {REQUEST_NAME: to_yaml(record).encode("utf-8", "replace"), **contents})
    return job_id


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
