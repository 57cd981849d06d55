"""What processes did to files below a folder, in order, as strace saw it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.missing import program

# strace's name of a call, and ours (tools/fault.c has the same).
_KINDS = {
    **dict.fromkeys(("open", "openat", "creat"), "open"),
    **dict.fromkeys(("write", "pwrite64", "writev", "pwritev"), "write"),
    **dict.fromkeys(("truncate", "ftruncate"), "truncate"),
    **dict.fromkeys(("rename", "renameat", "renameat2"), "rename"),
    **dict.fromkeys(("link", "linkat"), "link"),
    **dict.fromkeys(("unlink", "unlinkat"), "unlink"),
    **dict.fromkeys(("mkdir", "mkdirat"), "mkdir"),
    **dict.fromkeys(("fsync", "fdatasync"), "fsync"),
    "fallocate": "fallocate",
    "rmdir": "rmdir",
    "access": "mark",
}
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
_UNFINISHED, _RESUMED = (
    re.compile(r"(\d+) +(.*) <unfinished \.\.\.>"),
    re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)"),
)
_ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|AT_FDCWD<([^>]*)>|\d+<([^>]*)>(?:\(deleted\))?|[^,"<>]+')
_SKIPPED = "/mark/"


@dataclass(frozen=True, slots=True)
class Step:
    """One call: who made it, its kind (`open` only where it may make or empty a file), the file, and the second
    one of a rename or link. `failed`: it changed nothing."""

    process: int
    kind: str
    path: str
    target: str = ""
    failed: bool = False


def strace(output: Path) -> tuple[str | Path, ...]:
    """The words before a command that have it traced into a file, with all its children."""
    names = ",".join(name for name in _KINDS)
    return (program(["strace"], "strace"), "-f", "-y", "-qq", "-s", "0", "-e", f"trace={names}", "-o", output)


def steps(output: Path, folder: Path) -> list[Step]:
    """The steps below a folder (and marks), in the order in which they came to an end."""
    found = (step for line in _whole_lines(output) if (step := _step(line)))
    inside = f"{folder}/"
    return [
        each
        for each in found
        if each.kind == "mark" or f"{each.path}/".startswith(inside) or f"{each.target}/".startswith(inside)
    ]


def _whole_lines(output: Path) -> Iterator[str]:
    begun: dict[str, str] = {}
    for line in output.read_text("utf-8", "replace").splitlines():
        if match := _UNFINISHED.fullmatch(line):
            begun[match[1]] = line.removesuffix(" <unfinished ...>")
        elif match := _RESUMED.fullmatch(line):
            yield begun.pop(match[1], "") + match[2]
        else:
            yield line


def _step(line: str) -> Step | None:
    match = _LINE.match(line)
    if match is None:
        return None
    process, name, arguments, result = int(match[1]), match[2], match[3], int(match[4])
    kind = _KINDS[name]
    if kind == "open" and name != "creat" and not re.search("O_CREAT|O_TRUNC", arguments):
        return None
    paths = _paths(arguments)
    if not paths:
        return None  # a pipe, a socket, nothing
    if kind == "mark":
        return Step(process, kind, paths[0].removeprefix(_SKIPPED)) if paths[0].startswith(_SKIPPED) else None
    if "RENAME_EXCHANGE" in arguments:
        kind = "exchange"
    if kind == "unlink" and "AT_REMOVEDIR" in arguments:
        kind = "rmdir"
    return Step(
        process, kind, paths[0], paths[1] if kind in ("rename", "exchange", "link") else "", result < 0
    )


def _paths(arguments: str) -> list[str]:
    """The files that a call names: a descriptor's, or a path, with the open folder before it that it starts from."""
    if match := re.match(r"\d+<([^>]*)>(?:\(deleted\))?(?:, (?!\")|$|, \"\"(?:\.\.\.)?, )", arguments):
        return [match[1]]  # what a call on an open file does is not in its other words
    found: list[str] = []
    base = ""
    for match in _ARGUMENT.finditer(arguments):
        text, cwd, descriptor = match.groups()
        if cwd is not None or (descriptor is not None and _names_follow(arguments, match.end())):
            base = cwd or descriptor
        elif descriptor is not None:
            found.append(descriptor)
        elif text is not None:
            path = os.path.normpath(os.path.join(base, text))  # noqa: PTH118
            assert path.startswith("/"), arguments
            found.append(path)
            base = ""
    return found


def _names_follow(arguments: str, end: int) -> bool:
    return arguments[end:].startswith(', "') and len(arguments) > end + 4
