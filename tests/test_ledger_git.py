"""The store over git plumbing, with real git."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protogen.files import FileError, check_names
from protogen.ledger import git as git_room
from protogen.ledger import repository as room
from protogen.ledger.errors import DiskFullError, GitError, RefLockedError, RefMovedError
from protogen.ledger.repository import EMPTY_TREE, Repository

AT = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)
MAIN = "refs/heads/main"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Repository]:
    repository = Repository.create(tmp_path / "ledger.git")
    yield repository
    repository.close()


def git(store: Repository, *arguments: str) -> str:
    """Plain git, as a person runs it."""
    return subprocess.run(
        ["git", "-C", str(store.path), *arguments], capture_output=True, text=True, check=True
    ).stdout


def commit(store: Repository, message: str = "subject\n", *parents: str) -> str:
    return store.commit(EMPTY_TREE, parents, message, AT)


def test_files_come_back_byte_for_byte(store: Repository) -> None:
    """Attributes, ignore rules and line endings change nothing, the files' own or the repository's."""
    files = {
        ".gitattributes": b"* text eol=lf ident export-ignore working-tree-encoding=UTF-16\n",
        ".gitignore": b"*\n",
        "crlf.txt": b"a\r\n$Id$\r\n",
        "empty": b"",
        "assets/fonts/a.woff2": bytes(range(256)),
        "menü \U0001f950 \u202e.pdf": b"x",
        "cafe\u0301": b"NFD",
        "caf\u00e9": b"NFC",
    }
    git(store, "config", "core.autocrlf", "input")
    (store.path / "info").mkdir(exist_ok=True)
    (store.path / "info" / "attributes").write_text("* text eol=lf ident\n")
    tree = store.write_files(files)
    sha = store.commit(tree, [], "files\n", AT)
    assert store.read_tree(sha) == files
    assert git(store, "fsck", "--strict", "--no-dangling") == ""


parts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.lists(parts, min_size=1, max_size=3).map("/".join), st.binary(max_size=20), max_size=6)
)
def test_any_files_come_back_or_are_refused(store: Repository, files: dict[str, bytes]) -> None:
    """A name is held by git as it is, or it is refused; never changed."""
    try:
        check_names(files)
    except FileError:
        with pytest.raises(GitError):
            store.write_files(files)
        return
    sha = store.commit(store.write_files(files), [], "files\n", AT)
    assert store.read_tree(sha) == files


def test_files_are_laid_over_a_base(store: Repository) -> None:
    """Those of the same name are replaced, the others stay."""
    base = store.commit(store.write_files({"a": b"1", "b/c": b"2"}), [], "base\n", AT)
    tree = store.write_files({"a": b"3", "b/d": b"4"}, base=base)
    assert store.read_tree(store.commit(tree, [base], "more\n", AT)) == {"a": b"3", "b/c": b"2", "b/d": b"4"}


def test_a_name_that_turns_a_kept_file_into_a_folder_is_refused(store: Repository) -> None:
    """The base counts too."""
    base = store.commit(store.write_files({"a": b"1"}), [], "base\n", AT)
    with pytest.raises(GitError, match="file and a folder"):
        store.write_files({"a/b": b"2"}, base=base)


def test_a_commit_has_its_time_its_parents_and_the_fixed_identity(store: Repository) -> None:
    """Nobody's name or clock but the program's gets in."""
    first = commit(store)
    second = commit(store, "výroční\n\nKey: value\n", first)
    found = store.read(second)
    assert found is not None
    assert (found.parents, found.at, found.message, found.tree) == (
        (first,), AT, "výroční\n\nKey: value\n", EMPTY_TREE,
    )  # fmt: skip
    assert git(store, "log", "-1", "--format=%an <%ae> %cn <%ce> %ct", second).strip() == (
        f"protogen <protogen@localhost> protogen <protogen@localhost> {int(AT.timestamp())}"
    )


def test_the_log_is_oldest_first_and_starts_after(store: Repository) -> None:
    """One process, however many commits."""
    shas: list[str] = []
    for number in range(4):
        shas.append(commit(store, f"number {number}\n\nN: {number}\n", *shas[-1:]))
    store.update_refs([(MAIN, shas[-1], "")])
    assert [each.sha for each in store.log(MAIN)] == shas
    new = list(store.log(MAIN, after=shas[1]))
    assert [each.sha for each in new] == shas[2:]
    assert new[0] == store.read(shas[2])


def test_refs_are_listed_with_their_commits(store: Repository) -> None:
    """Messages of many lines and of none are kept apart."""
    one, two = commit(store, "one\n\nKey: 1\n"), commit(store, "two")
    store.update_refs([("refs/jobs/a", one, ""), ("refs/jobs/b", two, ""), ("refs/prototypes/c", two, "")])
    listed = dict(store.refs("jobs"))
    assert listed == {"refs/jobs/a": store.read(one), "refs/jobs/b": store.read(two)}
    assert dict(store.refs("submissions")) == {}


def test_a_ref_moves_only_from_where_it_was_seen(store: Repository) -> None:
    """Compare and swap, all refs or none; and the store works on after a refusal."""
    one, two = commit(store, "one"), commit(store, "two")
    store.update_refs([(MAIN, one, "")])
    for changes in (
        [(MAIN, two, "")],
        [(MAIN, two, two)],
        [("refs/jobs/a", two, ""), (MAIN, two, two)],
        [(MAIN, "", two)],
    ):
        with pytest.raises(RefMovedError):
            store.update_refs(changes)
    assert store.read("refs/jobs/a") is None
    store.update_refs([(MAIN, two, one), ("refs/jobs/a", two, "")])
    store.update_refs([("refs/jobs/a", "", two)])
    assert store.read("refs/jobs/a") is None
    assert store.read(MAIN) == store.read(two)


def test_a_lock_of_a_dead_git_is_named_and_cleared(store: Repository) -> None:
    """It stands in the way until who holds the ledger's lock clears it, and what was being written with it."""
    sha = commit(store)
    (store.path / "refs" / "jobs" / "a.lock").touch()
    with pytest.raises(RefLockedError, match=r"a\.lock"):
        store.update_refs([("refs/jobs/a", sha, "")])
    (store.path / "packed-refs.lock").touch()
    (store.corner / "scratch").write_text("a customer's")
    assert sorted(store.clear_locks()) == ["packed-refs.lock", "protogen/scratch", "refs/jobs/a.lock"]
    assert list(store.corner.iterdir()) == []
    store.update_refs([("refs/jobs/a", sha, "")])
    assert store.read("refs/jobs/a") == store.read(sha)


@pytest.mark.parametrize(
    "name",
    [
        "HEAD",
        "main",
        "refs/heads/../x",
        "refs/jobs/a\ndelete refs/heads/main",
        "--all",
        "refs/tags/x",
        "a" * 39,
        "",
    ],
)
def test_only_refs_and_ids_of_the_ledger_reach_git(name: str, store: Repository) -> None:
    """Whatever a caller was given by a stranger."""
    sha = commit(store)
    acts = (
        lambda: store.read(name),
        lambda: store.log(name).__next__(),
        lambda: store.log(MAIN, after=name or "x").__next__(),
        lambda: store.read_tree(name),
        lambda: store.update_refs([(name, sha, "")]),
        lambda: store.update_refs([(MAIN, name or "x", "")]),
        lambda: store.commit(name, [], "x", AT),
        lambda: store.commit(EMPTY_TREE, [name], "x", AT),
    )
    for act in acts:
        with pytest.raises(GitError, match="is not a"):
            act()


def test_what_is_not_there_is_none_or_said(store: Repository) -> None:
    """An unknown id is no error to ask for, and one to read."""
    assert store.read("0" * 40) is None
    with pytest.raises(GitError, match="is not in"):
        store.read_tree("0" * 40)
    with pytest.raises(GitError, match="is not a commit"):
        store.read(EMPTY_TREE)
    with pytest.raises(GitError, match="git log failed"):
        next(store.log(MAIN))


def test_a_missing_folder_is_said_by_its_name(store: Repository) -> None:
    """A damaged repository names what it lost."""
    sha = store.commit(store.write_files({"assets/a.txt": b"lost"}), [], "x\n", AT)
    tree = git(store, "rev-parse", f"{sha}:assets").strip()
    (store.path / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitError, match=r"The folder 'assets/' \([0-9a-f]{40}\) is missing"):
        store.read_tree(sha)


def test_one_file_is_read_by_its_name(store: Repository) -> None:
    """By a ref or a commit; None for what is not there, and no name but a plain one reaches git."""
    sha = store.commit(store.write_files({"project-id": b"fern\n", "a/b": b"x"}), [], "x\n", AT)
    store.update_refs([("refs/submissions/a", sha, "")])
    assert (
        store.read_file("refs/submissions/a", "project-id") == store.read_file(sha, "project-id") == b"fern\n"
    )
    assert store.read_file("refs/submissions/b", "project-id") is None
    assert store.read_file(sha, "record.json") is None
    for name in ("a/b", "../x", "a b", "", ".git", "x\n"):
        with pytest.raises(GitError, match="is not the name of a file"):
            store.read_file(sha, name)


def test_an_answer_that_breaks_off_is_an_error(store: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of an object is none."""
    sha = commit(store, "one")
    read = room._line

    def longer(stream: object) -> str:
        head = read(stream)  # type: ignore[arg-type]
        child = next(pid for pid in children() if b"cat-file" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(child, signal.SIGKILL)
        name, kind, size = head.split(" ")
        return f"{name} {kind} {int(size) + 1}"

    with monkeypatch.context() as patch:
        patch.setattr(room, "_line", longer)
        with pytest.raises(GitError, match="git cat-file failed"):
            store.read(sha)
    assert store.read(sha) is not None


@pytest.mark.parametrize("words", ["No space left on device", "Disk quota exceeded"])
def test_a_full_disk_is_told_from_what_git_says(
    words: str, store: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody tries again in vain."""
    full = tmp_path / "git"
    full.write_text(
        f"#!/bin/sh\necho 'error: file write error: {words}' >&2\necho 'fatal: no' >&2\nexit 128\n"
    )
    full.chmod(0o755)
    monkeypatch.setattr(git_room.Git, "GIT_PYTHON_GIT_EXECUTABLE", str(full))
    with pytest.raises(DiskFullError, match="git prune failed"):
        store.collect()


def test_a_missing_object_is_said_by_its_file(store: Repository) -> None:
    """A damaged repository names what it lost."""
    sha = store.commit(store.write_files({"a.txt": b"lost"}), [], "x\n", AT)
    blob = git(store, "rev-parse", f"{sha}:a.txt").strip()
    (store.path / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match=r"'a\.txt' of commit"):
        store.read_tree(sha)


def test_the_repository_is_private_and_made_only_once(store: Repository) -> None:
    """0700; a second create keeps what is there; its settings stand in its own config for git run by hand."""
    sha = commit(store)
    store.update_refs([(MAIN, sha, "")])
    Repository.create(store.path).close()
    assert store.read(MAIN) == store.read(sha)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o700
    assert git(store, "config", "core.fsync").strip() == "all"
    assert git(store, "config", "gc.auto").strip() == "0"
    assert git(store, "symbolic-ref", "HEAD").strip() == MAIN
    assert not (store.path / "hooks").exists()


@pytest.mark.parametrize("missing", ["HEAD", "config", "objects/pack", "refs/heads"])
def test_a_creation_that_was_cut_off_is_finished_by_the_next(tmp_path: Path, missing: str) -> None:
    """Git's locks that it left do not stand in the way, and what stands in the config already is kept."""
    path = tmp_path / "ledger.git"
    Repository.create(path).close()
    git_config = (path / "config").read_text() + '[remote "far"]\n\turl = elsewhere\n'
    (path / "config").write_text(git_config.replace("\tauto = 0\n", ""))
    if (path / missing).is_dir():
        (path / missing).rmdir()
    else:
        (path / missing).unlink()
    (path / "config.lock").touch()
    (path / "HEAD.lock").touch()
    store = Repository.create(path)
    assert not list(path.glob("*.lock"))
    assert git(store, "config", "gc.auto").strip() == "0"
    assert missing == "config" or git(store, "config", "remote.far.url").strip() == "elsewhere"
    sha = store.commit(store.write_files({"a": b"1"}), [], "x\n", AT)
    store.update_refs([("refs/heads/main", sha, "")])
    assert store.check() == []
    store.close()


def test_nothing_around_the_program_changes_what_git_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """User configuration, hooks, signing and the variables that git gives its hooks are overruled."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\nexit 1\n")
    (hooks / "reference-transaction").chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n[commit]\n\tgpgSign = true\n[user]\n\tname = Eve\n"
        "[init]\n\tdefaultBranch = eve\n\tdefaultObjectFormat = sha256\n[log]\n\tshowSignature = true\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Eve")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hooks))
    store = Repository.create(tmp_path / "ledger.git")
    sha = commit(store)
    store.update_refs([(MAIN, sha, "")])
    assert [each.sha for each in store.log(MAIN)] == [sha]
    store.close()
    assert not (tmp_path / "hooked").exists()
    assert not (tmp_path / "elsewhere").exists()
    assert list(tmp_path.glob("ledger.git/logs/**/*")) == []


def children() -> list[int]:
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in task.read_text().split()]


def test_git_lives_in_a_session_of_its_own_and_ends_with_the_store(tmp_path: Path) -> None:
    """A Ctrl-C in the terminal does not reach it; closing leaves no process."""
    before = set(children())
    store = Repository.create(tmp_path / "ledger.git")
    store.update_refs([(MAIN, commit(store), "")])
    store.read(MAIN)
    running = set(children()) - before
    assert running
    assert all(os.getsid(pid) != os.getsid(0) for pid in running)
    store.close()
    assert set(children()) == before


def test_a_killed_git_is_started_again(store: Repository) -> None:
    """What was asked of it before counts; what comes next goes to a new one."""
    before = set(children())
    sha = commit(store)
    assert store.read(sha) is not None
    for pid in set(children()) - before:
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert store.read(sha) is not None
    assert commit(store) == sha


def test_an_interrupted_question_does_not_spoil_the_next(
    store: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between question and answer: the late answer is never taken for another's."""
    one, two = commit(store, "one"), commit(store, "two")

    def interrupt(stream: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, "_object", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.read(one)
    found = store.read(two)
    assert found is not None
    assert found.message == "two"


def test_erased_objects_cannot_be_read_after_a_gc(store: Repository) -> None:
    """A reader that still maps an old pack starts again."""
    sha = store.commit(store.write_files({"secret.txt": b"secret"}), [], "x\n", AT)
    store.update_refs([("refs/submissions/a", sha, "")])
    git(store, "gc", "--quiet")
    assert store.read_tree(sha) == {"secret.txt": b"secret"}
    store.update_refs([("refs/submissions/a", "", sha)])
    git(store, "gc", "--quiet", "--prune=now")
    assert store.read(sha) is None


def test_no_scratch_is_left(store: Repository) -> None:
    """What passed through a file on its way to git does not stay there."""
    store.write_files({"secret.txt": b"secret"})
    assert list(store.corner.iterdir()) == []


def test_a_collection_is_not_stopped_by_what_a_killed_one_left(store: Repository) -> None:
    """Its locks, its half-written refs and its pid go, and what a killed writer was writing."""
    store.update_refs([(MAIN, commit(store), "")])
    left = ["packed-refs.lock", "packed-refs.new", "refs/heads/main.lock", "gc.pid", "protogen/scratch"]
    for name in left:
        (store.path / name).write_text("x")
    store.collect()
    assert [name for name in left if (store.path / name).exists()] == []


def test_half_written_packed_refs_are_known_as_a_lock(store: Repository) -> None:
    """A git that was killed between writing and renaming them stops no deletion for good."""
    sha = commit(store)
    store.update_refs([(MAIN, sha, ""), ("refs/jobs/a", sha, "")])
    store.collect()
    (store.path / "packed-refs.new").write_text("x")
    with pytest.raises(RefLockedError):
        store.update_refs([("refs/jobs/a", "", sha)])
    store.clear_locks()
    store.update_refs([("refs/jobs/a", "", sha)])


def test_all_is_synced_before_and_after_refs_move(store: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """git syncs contents (core.fsync=all); the names in folders are ours: objects before refs, refs last."""
    synced: list[str] = []

    def sync(folder: Path) -> None:
        moved = (store.path / MAIN).exists()
        synced.append(f"{'after' if moved else 'before'} {folder.relative_to(store.path)}")

    monkeypatch.setattr(room, "sync_dir", sync)
    sha = commit(store)
    store.update_refs([(MAIN, sha, ""), ("refs/jobs/a", sha, "")])
    assert synced == [
        f"before objects/{sha[:2]}",
        "before objects",
        "after refs/jobs",
        "after refs/heads",
    ]
    synced.clear()
    store.update_refs([("refs/jobs/a", "", sha)])
    assert synced == ["after refs/jobs", "after ."]


def test_a_git_that_cannot_sync_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """core.fsync is silently ignored before 2.36: better no ledger than one that loses jobs."""
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.34.1\n")
    old.chmod(0o755)
    monkeypatch.setattr(git_room.Git, "GIT_PYTHON_GIT_EXECUTABLE", str(old))
    with pytest.raises(GitError, match=r"git is version 2\.34\.1.*install 2\.36"):
        Repository.create(tmp_path / "ledger.git")


def test_a_missing_git_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence with the mend."""
    monkeypatch.setattr(git_room.Git, "GIT_PYTHON_GIT_EXECUTABLE", str(tmp_path / "none"))
    with pytest.raises(GitError, match="git is not installed; install git"):
        Repository.create(tmp_path / "ledger.git")


def test_an_object_that_git_did_not_write_as_meant_is_no_object(
    store: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ref must never lead to content that nobody meant, whoever spoiled it on its way to git."""

    def spoiled(path: Path, data: bytes) -> int:
        return plain(path, data[: len(data) // 2])

    plain = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", spoiled)
    with pytest.raises(GitError, match="was meant"):
        store.write_files({"a": b"one and two"})
    monkeypatch.undo()
    tree = store.write_files({"a": b"one and two"})
    assert store.read_tree(store.commit(tree, [], "files\n", AT)) == {"a": b"one and two"}


def test_an_object_that_is_there_is_written_once(store: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is not given it again; after a gc it is found in the pack."""
    tree = store.write_files({"a": b"one"})
    with monkeypatch.context() as deaf:
        deaf.setattr(Path, "write_bytes", lambda *_: pytest.fail("it was written again"))
        assert store.write_files({"a": b"one"}) == tree
        with pytest.raises(pytest.fail.Exception, match="written again"):
            store.write_files({"a": b"two"})
    store.update_refs([(MAIN, store.commit(tree, [], "files\n", AT), "")])
    store.collect()
    assert store.write_files({"a": b"one"}) == tree
