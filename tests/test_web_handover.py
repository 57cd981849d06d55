"""A request over the web becomes one whole drop, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from protogen.config import IntakeSettings, LimitSettings, Settings, WebSettings
from protogen.hooks import Hook
from protogen.intake.accept import accept
from protogen.intake.inbox import Inbox
from protogen.intake.parse import parse_drop
from protogen.job import Status, now
from protogen.ledger import Ledger
from protogen.up import Jobs
from protogen.web.desk import Desk
from protogen.web.problems import problem_of
from protogen.web.refused import Refused

TOKEN = "a-token-of-the-tests"
WORDS = "We bake sourdough bread in Brno and need a page with our hours."
Send = Callable[..., httpx.Response]


@pytest.fixture
def ledger(home: Settings) -> Iterator[Ledger]:
    """The ledger of the home."""
    with Ledger.create(home.ledger_dir) as ledger:
        yield ledger


@pytest.fixture
def send(home: Settings, ledger: Ledger) -> Send:
    """Sends a request to an app whose only route hands over."""
    return _sender(_desk(home, ledger))


def _desk(home: Settings, ledger: Ledger, **web: object) -> Desk:
    web_settings = WebSettings(port=0, **{"limits": LimitSettings(user_per_day=0, contact_per_day=0), **web})  # type: ignore[arg-type]
    intake = IntakeSettings(max_yaml_bytes=20_000, max_file_bytes=50_000, max_drop_bytes=120_000)
    return Desk(home.model_copy(update={"web": web_settings, "intake": intake}), Jobs(ledger), TOKEN)


def _sender(desk: Desk) -> Send:
    async def hand_over(request: Request) -> Response:
        try:
            async with desk.handover.receiving(request) as received:
                handed = await desk.handover.hand_over(request, received)
        except Refused as refused:
            return problem_of(refused)
        return JSONResponse({"job": handed.job, "known": handed.known})

    app = FastAPI(routes=[Route("/", hand_over, methods=["POST"])])

    def send(**request: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app, client=(str(request.pop("address", "192.0.2.1")), 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.post("/", **request)  # type: ignore[arg-type]

        return asyncio.run(ask())

    return send


def left(settings: Settings) -> list[str]:
    """What lies in the inbox."""
    return sorted(path.name for path in settings.inbox_dir.iterdir())


def accept_all(settings: Settings, ledger: Ledger) -> None:
    """Let the intake take everything that is there."""
    Inbox(settings, lambda submission: accept(submission, ledger, settings, now()), Hook()).scan()


def test_json_becomes_a_drop_of_the_job_that_is_answered(home: Settings, ledger: Ledger, send: Send) -> None:
    """Named by its job id, whole at once, and taken by the intake under that id."""
    answer = send(json={"user_id": "cust-1", "requirements": WORDS})
    assert answer.status_code == 200
    job = answer.json()["job"]
    assert left(home) == [job]
    submission = parse_drop(home.inbox_dir / job, home.intake)
    assert (submission.description, submission.user_id, submission.job_id) == (WORDS, "cust-1", job)
    accept_all(home, ledger)
    event = ledger.job(job)
    assert event is not None
    assert event.status is Status.PENDING
    assert left(home) == []


def test_a_form_brings_its_files(home: Settings, send: Send) -> None:
    """Files and recordings in their folders, under names that are safe, an empty input without a trace."""
    files = [
        ("voice", ("blob", b"\x1aE\xdf\xa3 spoken", "audio/webm")),
        ("files", ("menu.pdf", b"%PDF-1", "application/pdf")),
        ("files", ("../../menu.pdf", b"%PDF-2", "application/pdf")),
        ("files", ("", b"", "application/octet-stream")),
        ("logo", (".htaccess", b"Deny from all", "text/plain")),
    ]
    job = send(data={"description": WORDS, "name": "Jana"}, files=files).json()["job"]
    submission = parse_drop(home.inbox_dir / job, home.intake)
    assert [(each.name, each.data) for each in submission.voice] == [("blob", b"\x1aE\xdf\xa3 spoken")]
    assert [(each.name, each.data) for each in submission.files] == [
        ("attachment", b"Deny from all"),
        ("menu-2.pdf", b"%PDF-2"),
        ("menu.pdf", b"%PDF-1"),
    ] or {each.name for each in submission.files} == {"attachment", "menu-2.pdf", "menu.pdf"}
    assert submission.name == "Jana"
    assert left(home) == [job]


def test_a_form_without_files_may_come_as_the_browser_s_plain_one(home: Settings, send: Send) -> None:
    """application/x-www-form-urlencoded, a field that comes twice as a list."""
    body = "description=Brot+%26+K%C3%A4se&wish=a&wish=b"
    answer = send(content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    submission = parse_drop(home.inbox_dir / answer.json()["job"], home.intake)
    assert submission.description == "Brot & Käse"
    assert submission.extra == {"wish": ["a", "b"]}


def test_the_same_submission_is_the_same_job(home: Settings, ledger: Ledger, send: Send) -> None:
    """In the inbox, in the ledger, and however many come at once."""
    fields = {"submission_id": "s-1", "user_id": "u", "description": WORDS}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(json=fields), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["job"] for answer in answers}) == 1
    assert sum(not answer.json()["known"] for answer in answers) == 1
    accept_all(home, ledger)
    again = send(json=fields).json()
    assert again == {"job": answers[0].json()["job"], "known": True}
    assert left(home) == []


def test_the_same_submission_id_with_other_content_is_a_conflict(
    home: Settings, ledger: Ledger, send: Send
) -> None:
    """409 before and after the ledger has the first one; another user may use the same id."""
    fields = {"submission_id": "s-1", "user_id": "u", "description": WORDS}
    job = send(json=fields).json()["job"]
    for _ in range(2):
        assert send(json=fields | {"description": "Something else altogether."}).status_code == 409
        accept_all(home, ledger)
    assert send(json=fields | {"user_id": "v"}).json()["job"] != job


class Slow(httpx.AsyncByteStream):
    """A body that begins and then stands still."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"description": "We '
        await asyncio.sleep(30)


def test_a_body_that_stands_still_is_broken_off(home: Settings, ledger: Ledger) -> None:
    """408, and nothing is left of it."""
    slow = _sender(_desk(home, ledger, idle_seconds=0.2))
    answer = slow(content=Slow(), headers={"content-type": "application/json"})
    assert answer.status_code == 408
    assert left(home) == []


def test_sizes_are_bounded_while_they_stream(home: Settings, send: Send) -> None:
    """Text, one file, and all of it: 413 with nothing left, and far less read than was sent."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'
        while read < 50_000_000:
            read += 10_000
            yield b"a" * 10_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert send(content=endless(), headers=headers).status_code == 413
    assert read < 1_000_000
    assert send(json={"description": "a" * 30_000}).status_code == 413
    assert send(data={"description": "a" * 30_000}, files={"f": b"x"}).status_code == 413
    assert send(files={"f": ("a", b"a" * 60_000)}).status_code == 413
    assert send(files=[("f", (str(n), b"a" * 45_000)) for n in range(3)]).status_code == 413
    assert left(home) == []


def test_a_form_that_breaks_off_leaves_nothing(home: Settings, send: Send) -> None:
    """Without its last boundary it is not whole, whatever came of it."""
    body = b'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\nWe bake bread.\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert send(content=body, headers=headers).status_code == 400
    assert send(content=body + b"--x--\r\n", headers=headers).status_code == 200
    assert len(left(home)) == 1


def test_a_request_that_says_nothing_is_refused_in_a_sentence(home: Settings, send: Send) -> None:
    """422 with what to do, and nothing left."""
    answer = send(json={"user_id": "u"})
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith("fill in what it is to be.")
    assert left(home) == []


def test_limits_count_new_requests_of_a_user_and_for_a_contact(home: Settings, ledger: Ledger) -> None:
    """Two a user and three a contact by default; one that is a job already costs nothing; the operator is free."""
    send = _sender(_desk(home, ledger, limits=LimitSettings()))

    def ask(number: int, headers: dict[str, str] | None = None, **fields: str) -> int:
        content = {"submission_id": f"s-{number}", "description": WORDS} | fields
        return send(json=content, headers=headers).status_code

    assert [ask(n, user_id="u") for n in (1, 1, 1, 2, 3, 1)] == [200, 200, 200, 200, 429, 200]
    contacts = ["Jana@example.com", "jana@example.com", "JANA@EXAMPLE.COM", "jana@example.com"]
    assert [ask(10 + n, contact_value=each) for n, each in enumerate(contacts)] == [200, 200, 200, 429]
    assert [ask(20 + n, user_id=f"v{n}", contact_value="+420 541 234") for n in range(4)][-1] == 429
    assert ask(30, {"Authorization": f"Bearer {TOKEN}"}, user_id="u") == 200
    assert [ask(40 + n) for n in range(5)] == [200] * 5, "without user and contact only the address counts"


def test_limits_count_addresses_and_trusted_ones_apart(home: Settings, ledger: Ledger) -> None:
    """Refused requests count too; an IPv6 network is one address; the answer says when to come again."""
    limits = LimitSettings(address_per_hour=2, trusted=("10.0.0.0/8",), trusted_per_hour=4)
    send = _sender(_desk(home, ledger, limits=limits))

    def ask(address: str) -> int:
        return send(json={}, address=address).status_code

    assert [ask("192.0.2.7") for _ in range(3)] == [422, 422, 429]
    assert [ask(f"2001:db8:1:1::{n}") for n in range(3)] == [422, 422, 429]
    assert ask("2001:db8:1:2::1") == 422
    assert [ask("10.1.2.3") for _ in range(5)] == [422] * 4 + [429]
    refused = send(json={}, address="192.0.2.7")
    assert 0 < int(refused.headers["retry-after"]) <= 3600


def test_what_is_answered_is_on_the_disk(home: Settings, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file and folder of the drop is synced before it gets its name, and its name before the answer."""
    from protogen import files
    from protogen.intake import drop

    done: list[str] = []
    real_file, real_dir, real_move = files.sync_file, files.sync_dir, files.move

    def note(what: str, real: Callable[..., None]) -> Callable[..., None]:
        def noting(*paths: object) -> None:
            done.append(f"{what} {str(paths[0]).rsplit('/', 1)[-1].partition('.tmp')[0][-12:]}")
            real(*paths)

        return noting

    monkeypatch.setattr(drop, "sync_file", note("file", real_file))
    monkeypatch.setattr(drop, "sync_dir", note("folder", real_dir))
    monkeypatch.setattr(drop, "move", note("move", real_move))
    job = send(data={"description": WORDS}, files={"files": ("menu.pdf", b"1")}).json()["job"]
    end = job[-12:]
    first = ["file mission.yaml", "file .complete", "file menu.pdf"]
    assert done == [*first, "folder files", f"folder {end}", f"move {end}"]


def test_a_full_disk_is_said_before_anything_is_read(home: Settings, ledger: Ledger) -> None:
    """507 and when to come again; nothing is written."""
    full = home.model_copy(update={"reserve_bytes": 10**15})
    answer = _sender(_desk(full, ledger))(json={"description": WORDS})
    assert answer.status_code == 507
    assert int(answer.headers["retry-after"]) > 0
    assert left(home) == []
