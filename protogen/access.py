"""Who may read and write what of a home: secrets are their owner's alone, sites are nginx's to read."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from protogen.config import Settings
from protogen.finding import Finding
from protogen.web.operator import TOKEN_FILE

NGINX_USERS = ("www-data", "nginx")
"""The user of nginx's workers: Debian's, and that of nginx's own packages."""

_MOST_SITES = 1000


def access_findings(settings: Settings) -> Iterator[Finding]:
    """What is wrong with owners and permissions, and one that is good where nothing is."""
    found = [*_secrets(settings), *_inbox(settings.inbox_dir), *_sites(settings)]
    yield from found
    if not found:
        yield Finding("good", "Secrets are readable by their owner alone, and the sites by all.")


def _secrets(settings: Settings) -> Iterator[Finding]:
    places = (
        settings.ledger_dir,
        settings.ledger_dir.with_suffix(".key"),
        settings.home / TOKEN_FILE,
        settings.run_dir,
        settings.outbox_dir,
        settings.logs_dir,
        settings.alerts_file,
        *([settings.backup_dir] if settings.backup_dir else []),
    )
    for path in filter(Path.exists, places):
        about = path.stat()
        if about.st_mode & 0o077:
            yield Finding("bad", f"{path} can be read by others.", f"chmod go-rwx {shlex.quote(str(path))}")
        if about.st_uid != os.geteuid():
            yield Finding(
                "bad" if os.geteuid() else "note",
                f"{path} belongs to {_name(about.st_uid)}, and this is {_name(os.geteuid())}.",
                "run protogen as the user that the home belongs to, or chown -R the home to this one",
            )
            return  # so does the rest


def _inbox(inbox: Path) -> Iterator[Finding]:
    if not inbox.is_dir():
        return
    mode = inbox.stat().st_mode
    if mode & 0o007:
        mend = f"chmod o-rwx {shlex.quote(str(inbox))}"
        yield Finding("bad", f"The inbox {inbox} is open to every user of this machine.", mend)
    if mode & 0o070 != 0o070:
        mend = f"chmod g+rwx {shlex.quote(str(inbox))}, and put who drops requests there into its group"
        yield Finding("note", f"Only {_name(inbox.stat().st_uid)} can drop requests into {inbox}.", mend)


def _sites(settings: Settings) -> Iterator[Finding]:
    published = settings.published_dir
    if settings.web.sites_domain == "localhost" or not published.is_dir():
        return  # the built-in server serves them
    user = next(filter(None, map(_user, NGINX_USERS)), None)
    who = user.pw_name if user else "another user"
    for folder in reversed(published.parents):
        if not _may(folder, user, 0o1):
            mend = f"chmod o+x {shlex.quote(str(folder))}"
            yield Finding("bad", f"nginx ({who}) cannot pass through {folder} to the sites.", mend)
    sites = sorted(published.iterdir())[:_MOST_SITES] if os.access(published, os.R_OK | os.X_OK) else []
    places = [published, *(path for path in sites if path.is_dir() and not path.is_symlink())]
    shut = [path for path in places if not _may(path, user, 0o5)]
    shut += [page for path in sites if (page := path / "index.html").is_file() and not _may(page, user, 0o4)]
    if shut:
        more = f" and {len(shut) - 1} more" if len(shut) > 1 else ""
        mend = f"chmod -R o+rX {shlex.quote(str(published))}"
        yield Finding("bad", f"nginx ({who}) cannot read {shut[0]}{more}.", mend)


def _may(path: Path, user: pwd.struct_passwd | None, wanted: int) -> bool:
    """True where the user has the permissions `wanted` (rwx as 4, 2, 1), as anybody who owns nothing if None."""
    about = path.stat()
    mode = stat.S_IMODE(about.st_mode)
    if user and about.st_uid == user.pw_uid:
        return mode >> 6 & wanted == wanted
    if user and about.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        return mode >> 3 & wanted == wanted
    return mode & wanted == wanted


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
