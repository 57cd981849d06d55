"""What a power cut could take, worked out from a trace: a file system with what is on the disk and what is not yet.

A file's data is on the disk after an fsync of it since its last write; a name (made, moved or removed) after an
fsync of the folder that it is in (fsync(2), rename(2)). Nothing else is relied on, though most file systems do more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tools.trace import Step

LEDGER, INBOX, PUBLISHED = "ledger.git", "inbox", "published"
# Nobody misses these after a power cut: locks, what is filled anew, and what a start sweeps away.
_FLEETING = re.compile(
    r"ledger\.git/protogen/(scratch|reserve|worker\.lock|ledger\.lock)|ledger\.git/(.*/)?[^/]+\.lock"
    r"|ledger\.git/objects/../tmp_obj_\w+|ledger\.git/t\w{6}|published/\.tmp-[^/]+|inbox/\.taken-[^/]+|run(/.*)?"
)
_REF = re.compile(r"ledger\.git/refs/(heads|jobs|submissions|prototypes)/[a-z0-9-]+")
_OBJECT = re.compile(r"ledger\.git/objects/([0-9a-f]{2})(/[0-9a-f]{38})?")
_SITE = re.compile(r"published/[a-z0-9-]+")
_DROP = re.compile(r"inbox/[^./][^/]*")


@dataclass(eq=False, slots=True)
class Node:
    """A file (`names` None) or a folder, whose names are as they are, and as they are on the disk."""

    names: dict[str, Node] | None = None
    disk: dict[str, Node] = field(default_factory=dict)
    dirty: bool = False


def folder() -> Node:
    """A new folder, of which nothing is on the disk yet."""
    return Node(names={})


class Disk:
    """The files below a home. What stood there before the first step is taken to be on the disk.

    `kept`: the ids of git's objects that a ref leads to; of others, which a killed process left, nothing is promised.
    """

    def __init__(self, home: str, kept: Collection[str]) -> None:
        self._home = home
        self._kept = kept
        self._root = folder()

    def relative(self, path: str) -> str:
        """A path as it is below the home; as it is where it lies outside."""
        return path.removeprefix(f"{self._home}/")

    def apply(self, step: Step) -> None:
        """Do what a step did."""
        path, target = self.relative(step.path), self.relative(step.target)
        match step.kind:
            case "open":
                self._make(path, Node(dirty=True)).dirty = True
            case "mkdir":
                self._make(path, folder())
            case "write" | "truncate" | "fallocate":
                if node := self.find(path):
                    node.dirty = True
            case "fsync":
                self._sync(path)
            case "rename" | "exchange" | "link":
                self._move(step.kind, path, target)
            case "unlink" | "rmdir":
                self._names(path).pop(PurePosixPath(path).name, None)

    def find(self, path: str) -> Node | None:
        """What stands at a path, None if nothing is known of it."""
        node = self._root
        for part in PurePosixPath(path).parts if path != self._home else ():
            found = (node.names or {}).get(part)
            if found is None:
                return None
            node = found
        return node

    def is_synced(self, path: str) -> bool:
        """True where a sync of that file or folder would have nothing to do."""
        node = self._root if path == self._home else self.find(path)
        return node is None or (not node.dirty and node.disk == (node.names or {}))

    def unsynced(self, path: str) -> Iterator[str]:
        """What a power cut would take of a file's data, or of anything in a folder; in words."""
        node = self.find(path)
        if node is None or _FLEETING.fullmatch(path):
            return
        if node.names is None:
            if node.dirty:
                yield f"data of {path}"
            return
        for name in node.names.keys() | node.disk.keys():
            inner = f"{path}/{name}" if path != self._home else name
            if _FLEETING.fullmatch(inner) or self._is_left_over(inner):
                continue
            if name in node.names and node.disk.get(name) is not node.names[name]:
                yield f"name of {inner}"
            elif name not in node.names and not _DROP.fullmatch(inner):  # a drop that comes back is known
                yield f"removal of {inner}"
            yield from self.unsynced(inner)

    def _is_left_over(self, path: str) -> bool:
        match = _OBJECT.fullmatch(path)
        if match and not match[2]:
            return not any(sha.startswith(match[1]) for sha in self._kept)
        return bool(match) and path.removeprefix(f"{LEDGER}/objects/").replace("/", "") not in self._kept

    def unsynced_name(self, path: str) -> Iterator[str]:
        """What a power cut would take of a path itself or of what leads there, and in it."""
        parts = PurePosixPath(path).parts
        node = self._root
        for number, part in enumerate(parts):
            found = (node.names or {}).get(part)
            if found is None or node.disk.get(part) is not found:
                yield f"name of {'/'.join(parts[: number + 1])}"
            if found is None:
                return
            node = found
        yield from self.unsynced(path)

    def _names(self, path: str) -> dict[str, Node]:
        """The names in the folder of a path; a folder that nothing is known of stood there before."""
        node = self._root
        for part in PurePosixPath(path).parts[:-1]:
            assert node.names is not None
            if part not in node.names:
                node.names[part] = node.disk[part] = folder()
            node = node.names[part]
        assert node.names is not None
        return node.names

    def _make(self, path: str, new: Node) -> Node:
        return self._names(path).setdefault(PurePosixPath(path).name, new)

    def _sync(self, path: str) -> None:
        node = self._root if path == self._home else self.find(path)
        if node is not None:
            node.dirty = False
            node.disk = dict(node.names or {})

    def _move(self, kind: str, path: str, target: str) -> None:
        one, other = self._names(path), self._names(target)
        old, new = PurePosixPath(path).name, PurePosixPath(target).name
        node = one[old] if old in one else Node()  # stood there before
        if kind == "exchange":
            one[old] = other[new]
        elif kind == "rename":
            one.pop(old, None)
        other[new] = node


def violations(steps: Sequence[Step], home: str, kept: Collection[str]) -> list[str]:
    """Each moment at which a power cut would break a promise, in words; empty where none would."""
    disk, found = Disk(home, kept), []
    for step in steps:
        if step.failed or step.kind == "mark":
            continue
        lost = sorted(set(_lost(disk, step)))
        if lost:
            what = f"{step.kind} {disk.relative(step.path)} {disk.relative(step.target)}".strip()
            found.append(f"at {what}: {', '.join(lost)}")
        disk.apply(step)
    if lost := sorted(disk.unsynced(home)):
        found.append(f"at the end: {', '.join(lost)}")
    return found


def _lost(disk: Disk, step: Step) -> Iterator[str]:
    """What must be on the disk before a step, and is not."""
    path, target = disk.relative(step.path), disk.relative(step.target)
    match step.kind:
        case "rename" | "exchange":
            yield from _before_rename(disk, path, target)
            if _DROP.fullmatch(path) and not _DROP.fullmatch(target):
                yield from disk.unsynced_name(LEDGER)
        case "unlink":
            if _DROP.fullmatch(path):
                yield from disk.unsynced_name(LEDGER)


def _before_rename(disk: Disk, path: str, target: str) -> Iterator[str]:
    # git-init(1) does not sync HEAD and config: the ledger does, before the first ref moves.
    if target not in (f"{LEDGER}/HEAD", f"{LEDGER}/config") and not _FLEETING.fullmatch(target):
        yield from _contents(disk, path)
    if match := _REF.fullmatch(target):
        for name in ("objects", "HEAD", "config"):
            yield from disk.unsynced_name(f"{LEDGER}/{name}")
        yield from disk.unsynced_name("ledger.key")
        if match[1] != "jobs":  # those follow main in one transaction
            yield from disk.unsynced(f"{LEDGER}/refs")
        if match[1] == "heads":
            yield from disk.unsynced_name(PUBLISHED)
            yield from disk.unsynced_name(INBOX)
    if _SITE.fullmatch(target):
        yield from disk.unsynced(f"{LEDGER}/refs")


def _contents(disk: Disk, path: str) -> Iterator[str]:
    """Also of what has a fleeting name: it is about to get a lasting one."""
    node = disk.find(path)
    if node and node.names is None and node.dirty:
        yield f"data of {path}"
    for name, inner in (node.names or {}).items() if node else ():
        if node and node.disk.get(name) is not inner:
            yield f"name of {path}/{name}"
        yield from _contents(disk, f"{path}/{name}")


def syncs(steps: Sequence[Step]) -> list[int]:
    """The numbers of the steps that sync something."""
    return [number for number, step in enumerate(steps) if step.kind == "fsync" and not step.failed]


def idle(steps: Sequence[Step], home: str) -> set[int]:
    """The numbers of the syncs that find everything on the disk already."""
    disk, found = Disk(home, ()), set()
    for number, step in enumerate(steps):
        if step.kind == "fsync" and disk.is_synced(disk.relative(step.path)):
            found.add(number)
        if not step.failed and step.kind != "mark":
            disk.apply(step)
    return found
