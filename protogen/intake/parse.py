"""A drop becomes a Submission: a YAML file, a folder, or a zip of one."""

from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from protogen.config import IntakeSettings
from protogen.intake import form_data, strict_yaml
from protogen.intake.aliases import Fields
from protogen.intake.archive import Archive
from protogen.intake.boilerplate import has_words
from protogen.intake.contents import (
    REQUEST_NAMES,
    Beside,
    Contents,
    Folder,
    Names,
    Surroundings,
    kind_of,
    note,
)
from protogen.intake.rejected import Rejected, Wait
from protogen.intake.text import fold, free_name
from protogen.job import JOB_ID, new_job_id
from protogen.submission import Attachment, Submission

__all__ = ["Drop", "Rejected", "Wait", "parse_drop", "read_drop"]

MAX_ATTACHMENTS = 100
YAML_SUFFIXES = (".yaml", ".yml")
_AUDIO = (".aac", ".amr", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".weba", ".webm")
_SPOKEN = re.compile(r"voice|recording|aufnahme|nahr[aá]vka|sprach", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|/|data:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop that was read. `named` is true if its job id was given, by its name or in it.

    `awaited` are files of its own that may still arrive, `beside` those used from beside a single-file drop
    (names as the disk has them).
    """

    submission: Submission
    named: bool
    awaited: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def parse_drop(path: Path, limits: IntakeSettings, job_id: str | None = None) -> Submission:
    """Read the drop at `path`, wherever it is, as it stands now; a link to it is followed.

    The submission's job id is the UUID that the drop is named by, else the one in it, else `job_id`, else
    a new one. What cannot be used becomes one of its notes. Raises Rejected only if nothing can be used.
    """
    try:
        return read_drop(path.resolve(), limits, job_id).submission
    except FileNotFoundError:
        raise Rejected(f"There is nothing at {path}; check the path.") from None


def read_drop(
    path: Path, limits: IntakeSettings, job_id: str | None = None, around: Surroundings | None = None
) -> Drop:
    """Read the drop at `path`, which must be no link. Raises Rejected, or FileNotFoundError if it is gone.

    `around` is what lies beside it, where that is known already: ten thousand drops need one look.
    """
    with _opened(path, limits, around or Surroundings(path.parent)) as contents:
        request = path.name if isinstance(contents, Beside) else _request_of(contents, path)
        return _Reading(path, contents, request, limits).drop(job_id)


def job_id_of(name: str) -> str | None:
    """The job id that a drop's name is, None if it is another name."""
    stem = PurePosixPath(name).stem.lower()
    return stem if JOB_ID.fullmatch(stem) else None


@contextlib.contextmanager
def _opened(path: Path, limits: IntakeSettings, around: Surroundings) -> Iterator[Contents]:
    info = path.lstat()
    suffix = path.suffix.lower()
    if stat.S_ISDIR(info.st_mode):
        yield Folder(path)
    elif not stat.S_ISREG(info.st_mode):
        raise Rejected(f"The drop is {kind_of(info.st_mode)}; send the file itself.")
    elif suffix in YAML_SUFFIXES:
        yield Beside(around)
    elif suffix == ".zip":
        if info.st_size > limits.max_drop_bytes:
            raise Rejected(f"The zip is larger than {limits.max_drop_bytes:,} bytes; send a smaller one.")
        if info.st_size == 0:
            raise Rejected("The file is empty; copy it again.", Wait.SHORT)
        with contextlib.closing(Archive(path)) as archive:
            yield archive
    else:
        raise Rejected("The drop is neither .yaml nor .zip nor a folder; send one of these.", Wait.LONG)


def _request_of(contents: Contents, path: Path) -> str:
    for name in REQUEST_NAMES:
        for each in contents.names:
            if each.casefold() == name:
                return each
    kind, wait = ("folder", Wait.LONG) if path.is_dir() else ("zip", Wait.NOT)
    raise Rejected(f"The {kind} holds no submission.yaml; add one that says 'description: …'.", wait)


class _Reading:
    """One drop being read: its fields, then its attachments within what is left of the limits."""

    def __init__(self, path: Path, contents: Contents, request: str, limits: IntakeSettings) -> None:
        self._path = path
        self._contents = contents
        self._request = request
        self._limits = limits
        self._left = limits.max_drop_bytes
        self._used: set[str] = {request}
        self._voice: list[Attachment] = []
        self._files: list[Attachment] = []
        self._missing: list[str] = []
        self._notes: list[str] = []

    def drop(self, job_id: str | None) -> Drop:
        fields = Fields(self._mapping(), self._notes)
        self._take_named(fields.voice, self._voice)
        self._take_named(fields.files, self._files)
        if not isinstance(self._contents, Beside):
            self._take_unnamed()
        self._notes += self._contents.notes
        if not fields.description and not self._voice:
            self._voice, self._files = _recordings(self._files)
        description, hint = _request_and_hint(fields, spoken=bool(self._voice))
        given = job_id_of(self._path.name) or (fields.job_id if JOB_ID.fullmatch(fields.job_id) else None)
        submission = Submission(
            job_id=given or job_id or new_job_id(),
            description=description,
            submission_id=fields.submission_id,
            user_id=fields.user_id,
            name=fields.name,
            contact_type=fields.contact.type,
            contact_value=fields.contact.value,
            hint=hint,
            voice=tuple(self._voice),
            files=tuple(self._files),
            missing=tuple(self._missing),
            notes=tuple(self._notes),
            extra=fields.extra,
        )
        awaited = () if isinstance(self._contents, Archive) else self._awaited()
        if not (has_words(description) or self._voice or self._files or fields.vague or hint):
            wait = Wait.LONG if awaited else Wait.SHORT
            raise Rejected("The drop says nothing of the website that is wanted; add 'description: …'.", wait)
        return Drop(submission, given is not None, awaited, self._from_beside())

    def _mapping(self) -> dict[str, strict_yaml.Value]:
        data = self._contents.read(self._request, self._limits.max_yaml_bytes)
        if self._request.lower().endswith(".md"):
            return form_data.load(data)
        mapping, notes = strict_yaml.load(data)
        self._notes += notes
        return mapping

    def _from_beside(self) -> tuple[str, ...]:
        if not isinstance(self._contents, Beside):
            return ()
        return tuple(sorted(map(self._contents.raw, self._used - {self._request})))

    def _awaited(self) -> tuple[str, ...]:
        return tuple(each for each in self._missing if not _ELSEWHERE.match(each))

    def _take_named(self, references: tuple[str, ...], target: list[Attachment]) -> None:
        """Take the files that the request names; those not there are missing, and noted."""
        for reference in references:
            if ".." in PurePosixPath(reference.replace("\\", "/")).parts:
                note(self._notes, f"The file {reference[:60]!r} lies outside of the drop; it was not used.")
                continue
            name = self._find(reference)
            if name is None:
                self._missing.append(reference)
                note(self._notes, f"The file {reference[:200]!r} was named but did not come.")
            elif name not in self._used:
                self._take(name, target)

    def _take_unnamed(self) -> None:
        """Take what lies in the drop though nobody named it: recordings, and other files."""
        for name in sorted(self._contents.names):
            path = PurePosixPath(name)
            if name not in self._used and name.casefold() not in REQUEST_NAMES:
                spoken = _is_audio(path.name) and (path.parts[0] == "voice" or _SPOKEN.search(path.name))
                self._take(name, self._voice if spoken else self._files)

    def _take(self, name: str, target: list[Attachment]) -> None:
        """Add one file of the drop, or a note. A name that is there already gets a number."""
        if len(self._used) > MAX_ATTACHMENTS:
            note(self._notes, f"There are more than {MAX_ATTACHMENTS} attachments; the rest was not used.")
            return
        self._used.add(name)
        try:
            data = self._contents.read(name, min(self._limits.max_file_bytes, self._left))
        except Rejected as refused:
            note(self._notes, f"{refused.reason} It was not used.")
        except FileNotFoundError:
            self._missing.append(name)
        else:
            self._left -= len(data)
            free = free_name(name.rpartition("/")[2], {fold(each.name) for each in target})
            target.append(Attachment(free, data))

    def _find(self, reference: str) -> str | None:
        """The name in the drop that a file name, a path or the path of a URL stands for."""
        path = reference
        if _ELSEWHERE.match(reference):
            path = unquote(re.split(r"[?#]", reference)[0]).rpartition("/")[2]
        path = fold(path.replace("\\", "/").removeprefix("./"))
        base = path.rpartition("/")[2]
        candidates = (path, base, f"files/{base}", f"voice/{base}")
        found = next(filter(None, map(self._index.get, candidates)), None)
        # An upload is named by its id; the suffix came with the file.
        return found or self._index.by_stem(base)

    @cached_property
    def _index(self) -> Names:
        if isinstance(self._contents, Beside):
            return self._contents.index
        return Names(name for name in self._contents.names if name != self._request)


def _request_and_hint(fields: Fields, *, spoken: bool) -> tuple[str, str]:
    """`requirements` are the request only where there is neither text nor voice; else they are a hint."""
    if fields.description or spoken:
        return fields.description, "\n\n".join(filter(None, (fields.hint, fields.requirements)))
    return fields.requirements, fields.hint


def _recordings(files: list[Attachment]) -> tuple[list[Attachment], list[Attachment]]:
    """Where there are no words, a recording among the files is the request: (recordings, other files)."""
    spoken = [each for each in files if _is_audio(each.name)]
    return spoken, [each for each in files if each not in spoken]


def _is_audio(name: str) -> bool:
    return name.lower().endswith(_AUDIO)
