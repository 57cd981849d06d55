"""Objects and refs of the ledger's bare repository, by git's plumbing commands.

Commands that can answer many questions are kept running (git-cat-file(1), git-hash-object(1),
git-update-ref(1)): an event then costs its syncs, not processes. Trees are git-hash-object's too: git-mktree(1) does
not read its configuration, and so syncs nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from protogen.files import FileError, check_names, sync_dir
from protogen.ledger.errors import GitError
from protogen.ledger.git import SETTINGS, Child, Runner
from protogen.ledger.trailers import COMMIT_ID

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
REF = re.compile(r"refs/(?:heads|jobs|submissions|prototypes)/[a-z0-9-]+")
_IDENTITY = "protogen <protogen@localhost>"
_NOTHING = "0" * 40
_DESCRIPTION = re.compile(r"-g[0-9a-f]{4,}\Z")  # how git-describe(1) calls an object
_TREE_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as it stands in the repository; `at` is the committer's date in UTC."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    at: datetime
    message: str


class Repository:
    """A bare repository. Every write is on the disk when its method returns.

    Safe to use from many threads, not across a fork. Writers hold the ledger's lock; `inherit` are file
    descriptors (that lock) which git keeps open, so that the lock outlives a killed writer for as long as
    its git still runs. `folder/protogen/` is this program's own corner of it.
    """

    def __init__(self, path: Path, inherit: Sequence[int] = ()) -> None:
        self.path = path
        self.corner = path / "protogen"
        self._git = Runner(path, inherit)
        self._unsynced = {path / "objects"}  # a killed predecessor may have left a folder there, unsynced
        self._reader = Child(self._git, ["cat-file", "--batch-command"])
        self._blobs = Child(self._git, ["hash-object", "-w", "--no-filters", "--stdin-paths"])
        self._commits = Child(
            self._git, ["hash-object", "-w", "--no-filters", "-t", "commit", "--stdin-paths"]
        )
        self._trees = Child(self._git, ["hash-object", "-w", "--no-filters", "-t", "tree", "--stdin-paths"])
        self._refs = Child(self._git, ["update-ref", "--stdin"])

    @classmethod
    def create(cls, path: Path) -> Repository:
        """The repository at `path`, made, or finished after a crash, if need be; only its owner may read it.

        Only for who holds its lock, or is alone with it, and syncs the folder that it stands in. Raises
        GitError, OSError.
        """
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        repository = cls(path)
        repository._git.check_version()
        whole = repository._is_whole()
        if not whole:
            repository.clear_locks()
            repository._git.run(["init", "--quiet", "--bare", "--template=", "--initial-branch=main"])
            repository._configure()
        repository.corner.mkdir(exist_ok=True)
        folders = [path / "refs" / name for name in ("heads", "jobs", "submissions", "prototypes")]
        for folder in folders:
            if whole and folder.is_dir():
                sync_dir(folder)  # a killed predecessor may have moved a ref without it
            else:
                folder.mkdir(exist_ok=True)
        repository.write_files({})
        empty = path / "objects" / EMPTY_TREE[:2]  # not there where a gc has packed it
        for folder in (*((empty,) if empty.is_dir() else ()), path / "refs", path):
            sync_dir(folder)
            repository._unsynced.discard(folder)
        return repository

    def write_files(self, files: Mapping[str, bytes], base: str = "") -> str:
        """The tree of `files` (relative POSIX names to bytes), laid over the commit `base` where given.

        Contents are taken byte for byte: attributes, ignore rules and line endings play no part. Raises
        GitError for a name that git must not hold, before anything is written.
        """
        entries = dict(self._entries(base)) if base else {}
        try:
            check_names(dict.fromkeys(entries, b"") | dict(files))
        except FileError as error:
            raise GitError(str(error)) from None
        for name, data in files.items():
            entries[name] = self._write("blob", data)
        return self._write_tree(entries)

    def commit(self, tree: str, parents: Sequence[str], message: str, at: datetime) -> str:
        """Write a commit by the program's fixed identity at the time `at`; gives its id."""
        stamp = f"{_IDENTITY} {int(at.timestamp())} +0000"
        lines = [f"tree {_id(tree)}", *(f"parent {_id(parent)}" for parent in parents)]
        lines += [f"author {stamp}", f"committer {stamp}", "", message]
        return self._write("commit", "\n".join(lines).encode("utf-8"))

    def update_refs(self, changes: Iterable[tuple[str, str, str]]) -> None:
        """Move refs, each (ref, new, old), by compare and swap; no `old`: it must be new, no `new`: delete.

        Refs move in the order given; git-update-ref(1) checks all old values before the first moves, but a
        crash may leave a first part moved. Raises RefMovedError, RefLockedError or GitError.
        """
        lines, folders = ["start"], set()
        for ref, new, old in changes:
            _check_ref(ref)
            was = _id(old) if old else _NOTHING
            lines.append(f"update {ref} {_id(new)} {was}" if new else f"delete {ref} {was}")
            # A ref that goes is taken out of the packed ones as well, which stand at the top.
            folders |= {(self.path / ref).parent} if new else {(self.path / ref).parent, self.path}
        self._sync_objects()
        self._refs.ask("\n".join([*lines, "commit", ""]).encode(), _committed)
        for folder in sorted(folders, reverse=True):
            sync_dir(folder)

    def clear_locks(self) -> list[str]:
        """Remove what a dead writer left: git's lock files, what it was about to rename, and the scratch file,
        in which a customer's text may stand; gives their names. Only for who holds the ledger's lock.
        """
        locks = [
            *self.path.glob("*.lock"),
            *self.path.glob("refs/**/*.lock"),
            *self.path.glob("packed-refs.new"),
            *self.corner.glob("scratch"),
        ]
        for lock in locks:
            lock.unlink(missing_ok=True)
        return [lock.relative_to(self.path).as_posix() for lock in locks]

    def read(self, name: str) -> Commit | None:
        """The commit that a ref or an id names; None if there is none."""
        found = self._reader.ask(f"contents {self._exact(name)}\n".encode(), _object)
        return _parse_commit(*found) if found else None

    def _exact(self, name: str) -> str:
        """A ref or an id as git-cat-file(1) takes it for nothing else.

        Where there is no ref `refs/prototypes/fern-gbeef`, it gives the object beef…, as git-describe(1) would have
        called it (gitrevisions(7)): the few names of that form are looked up among the refs first.
        """
        if COMMIT_ID.fullmatch(name) or not _DESCRIPTION.search(_check_ref(name)):
            return name
        return self._git.run(["for-each-ref", "--format=%(objectname)", name]).decode().strip() or _NOTHING

    def read_tree(self, commit: str) -> dict[str, bytes]:
        """Every file of a commit. Raises GitError if the commit or a part of it is not there."""
        files = {}
        for name, blob in self._entries(commit):
            found = self._reader.ask(f"contents {blob}\n".encode(), _object)
            if found is None:
                raise GitError(f"The file {name!r} of commit {commit} is missing; run protogen verify.")
            files[name] = found[1]
        return files

    def read_file(self, commit: str, name: str) -> bytes | None:
        """One file of the commit that a ref or an id names; None if there is none of that name."""
        found = self._reader.ask(f"contents {self._exact(commit)}:{_check_plain(name)}\n".encode(), _object)
        return found[1] if found else None

    def blobs(self, commit: str) -> dict[str, str]:
        """The id of every file's blob in a commit, by name. Raises GitError if the commit is not there."""
        return dict(self._entries(commit))

    def log(self, ref: str, after: str = "") -> Iterator[Commit]:
        """The commits of a ref by first parent, oldest first; `after` leaves out that commit and before."""
        span = f"{_id(after)}..{_check_ref(ref)}" if after else _check_ref(ref)
        yield from self._commits_of(["--reverse", "--first-parent", span])

    def newest_first(self, ref: str) -> Iterator[Commit]:
        """The commits of a ref by first parent, read only as far as they are asked for."""
        yield from self._commits_of(["--first-parent", _check_ref(ref)])

    def tips(self, folder: str) -> dict[str, str]:
        """The commit's id of every ref under `refs/<folder>/`; no commit is opened."""
        pattern = _check_ref(f"refs/{folder}/x").removesuffix("x")
        lines = (
            self._git.run(["for-each-ref", "--format=%(objectname) %(refname)", pattern])
            .decode()
            .splitlines()
        )
        return {ref: sha for sha, _, ref in (line.partition(" ") for line in lines)}

    def refs(self, folder: str) -> Iterator[tuple[str, Commit]]:
        """Every ref under `refs/<folder>/` with its commit, by one process."""
        layout = "%(objectname)%0a%(tree)%0a%(parent)%0a%(committerdate:unix)%0a%(refname)%0a%(contents)%00"
        pattern = _check_ref(f"refs/{folder}/x").removesuffix("x")
        for record in self._git.records(["for-each-ref", f"--format={layout}", pattern]):
            text = record.decode("utf-8", "replace").removeprefix("\n")
            if text:
                sha, tree, parents, seconds, ref, message = text.split("\n", 5)
                yield ref, Commit(sha, tree, tuple(parents.split()), _when(seconds), message)

    def check(self) -> list[str]:
        """What git-fsck(1) finds wrong, one line each; empty for a repository that is whole, or that is new."""
        found = self._git.said(["fsck", "--full", "--strict", "--no-dangling", "--no-progress"])
        counted = set(self._git.said(["count-objects", "-v"]))
        if "in-pack: 0" in counted and counted & {"count: 0", "count: 1"}:  # the empty tree alone
            return [line for line in found if not line.startswith("notice: ")]  # that it has no branch yet
        return found

    def collect(self) -> None:
        """Erase for good what no ref leads to, and pack the rest (git-gc(1)). Only under the ledger's lock.

        What is loose and unreachable goes first: that needs no space, on a full disk too. Running git
        processes start again, so that none still has what was erased. Raises GitError.
        """
        try:
            (self.path / "gc.pid").unlink(missing_ok=True)  # of one that was killed; nobody else is at work
            self.clear_locks()
            self._git.run(["prune", "--expire=now"])
            self._git.run(["gc", "--quiet", "--prune=now"])
        finally:
            self.close()

    def mirror(self, source: Path) -> None:
        """Make every ref what it is in the repository `source`, and forget what it has forgotten."""
        before = set(self._git.run(["for-each-ref", "--format=%(objectname)"]).split())
        self._git.run(["fetch", "--quiet", "--prune", "--no-write-fetch-head", str(source), "+refs/*:refs/*"])
        if before - set(self._git.run(["for-each-ref", "--format=%(objectname)"]).split()):
            self.collect()

    def close(self) -> None:
        """End the running git processes; the next call starts what it needs again."""
        for child in (self._reader, self._blobs, self._commits, self._trees, self._refs):
            child.close()

    def _write(self, kind: str, data: bytes) -> str:
        """The id of an object, written if it is not there. Raises GitError if git wrote another one."""
        sha = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
        folder = self.path / "objects" / sha[:2]
        self._unsynced |= {folder} if folder.is_dir() else {folder, folder.parent}
        if (folder / sha[2:]).exists():
            return sha  # fonts, licences and scripts: most of a site's files stand in other sites, too
        child = {"blob": self._blobs, "tree": self._trees, "commit": self._commits}[kind]
        if (written := self._hashed(child, data)) != sha:
            raise GitError(f"git wrote {written} where {kind} {sha} was meant.")
        return sha

    def _hashed(self, child: Child, data: bytes) -> str:
        # By a file, because hash-object answers for paths only; the name is fixed, so nothing is ever left
        # behind but this one, which the next write replaces.
        scratch = self.corner / "scratch"
        scratch.write_bytes(data)
        try:
            return child.ask(b"protogen/scratch\n", _line)
        finally:
            scratch.unlink(missing_ok=True)

    def _write_tree(self, entries: Mapping[str, str]) -> str:
        folders: dict[str, dict[str, str]] = {}
        lines: dict[bytes, bytes] = {}
        for name, blob in entries.items():
            folder, slash, rest = name.partition("/")
            if slash:
                folders.setdefault(folder, {})[rest] = blob
            else:
                lines[_utf8(name)] = b"100644 %b\0%b" % (_utf8(name), bytes.fromhex(_id(blob)))
        for folder, inside in folders.items():
            sha = self._write_tree(inside)
            lines[_utf8(folder) + b"/"] = b"40000 %b\0%b" % (_utf8(folder), bytes.fromhex(sha))
        return self._write("tree", b"".join(line for _, line in sorted(lines.items())))

    def _commits_of(self, arguments: Sequence[str]) -> Iterator[Commit]:
        layout = "--format=%H%n%T%n%P%n%ct%n%B"
        plain = ["--no-show-signature", "--no-notes", "--no-color"]
        for record in self._git.records(["log", "-z", *plain, layout, *arguments, "--"]):
            sha, tree, parents, seconds, message = record.decode("utf-8", "replace").split("\n", 4)
            yield Commit(sha, tree, tuple(parents.split()), _when(seconds), message)

    def _entries(self, commit: str) -> Iterator[tuple[str, str]]:
        found = self.read(_id(commit))
        if found is None:
            raise GitError(f"The commit {commit} is not in {self.path}.")
        yield from self._tree(found.tree, "")

    def _tree(self, tree: str, folder: str) -> Iterator[tuple[str, str]]:
        """Name and blob of every file below a tree, as git has trees: `<mode> <name>\\0<20 bytes of id>`."""
        found = self._reader.ask(f"contents {tree}\n".encode(), _object)
        if found is None:
            raise GitError(f"The folder {folder or '/'!r} ({tree}) is missing; run protogen verify.")
        for mode, name, sha in _TREE_ENTRY.findall(found[1]):
            path = folder + name.decode("utf-8", "surrogateescape")
            if mode == b"40000":
                yield from self._tree(sha.hex(), path + "/")
            else:
                yield path, sha.hex()

    def _sync_objects(self) -> None:
        # An object's file is synced by git, its name in the folder is not: a ref must not come before it.
        folders = [folder for folder in sorted(self._unsynced, reverse=True) if folder.is_dir()]
        self._unsynced.clear()
        for folder in folders:
            sync_dir(folder)

    def _is_whole(self) -> bool:
        folders = all((self.path / name).is_dir() for name in ("objects/pack", "refs/heads"))
        head = self.path / "HEAD"
        return folders and head.is_file() and head.read_bytes()[:5] == b"ref: " and not self._unset()

    def _unset(self) -> dict[str, str]:
        """The settings that do not stand in the repository's own config."""
        if not (self.path / "config").is_file():
            return SETTINGS
        lines = self._git.run(["config", "--null", "--list", "--file", str(self.path / "config")]).decode()
        stand = dict(line.partition("\n")[::2] for line in lines.split("\0"))
        return {name: value for name, value in SETTINGS.items() if stand.get(name.lower()) != value}

    def _configure(self) -> None:
        # git-config(1) does not sync what it writes, nor git-init(1); of two lines of a name the later one counts.
        lines = ["[{}]\n\t{} = {}\n".format(*name.split("."), value) for name, value in self._unset().items()]
        head, config, lock = (self.path / name for name in ("HEAD", "config", "config.lock"))
        lock.write_bytes(config.read_bytes() + "".join(lines).encode())
        for file in (lock, head):
            with file.open("rb") as written:
                os.fsync(written.fileno())
        lock.replace(config)


def _committed(stream: BinaryIO) -> None:
    _line(stream)  # start: ok
    _line(stream)  # commit: ok


def _object(stream: BinaryIO) -> tuple[str, bytes] | None:
    """The id and content of git-cat-file's answer, None where it says `missing`."""
    head = _line(stream).split(" ")
    if head[-1] == "missing":
        return None
    content = stream.read(int(head[2]) + 1)
    if len(content) <= int(head[2]):
        raise EOFError
    return head[0], content[:-1]


def _line(stream: BinaryIO) -> str:
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line.decode("utf-8").rstrip("\n")


def _parse_commit(sha: str, content: bytes) -> Commit:
    head, _, message = content.decode("utf-8", "replace").partition("\n\n")
    lines = [line.partition(" ") for line in head.split("\n")]
    values = {key: value for key, _, value in lines}
    if "committer" not in values:
        raise GitError(f"{sha} is not a commit.")
    parents = tuple(value for key, _, value in lines if key == "parent")
    return Commit(sha, values["tree"], parents, _when(values["committer"].split(" ")[-2]), message)


def _when(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _utf8(name: str) -> bytes:
    return name.encode("utf-8")


def _id(value: str) -> str:
    if not COMMIT_ID.fullmatch(value):
        raise GitError(f"{value!r} is not an object id.")
    return value


def _check_ref(value: str) -> str:
    if not REF.fullmatch(value):
        raise GitError(f"{value!r} is not a ref of the ledger.")
    return value


def _check_plain(value: str) -> str:
    if not PLAIN_NAME.fullmatch(value):
        raise GitError(f"{value!r} is not the name of a file that the ledger keeps by itself.")
    return value
