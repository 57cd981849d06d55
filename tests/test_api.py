"""The API over a real socket: the old clients' calls, the locks, forty bad inputs, and its own description."""

from __future__ import annotations

import io
import json
import socket
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from protogen.config import IntakeSettings, LimitSettings, LlmSettings, Settings, WebSettings
from protogen.hooks import Hook
from protogen.up import Up
from tools.model import good, stub

WORDS = "We are Fern & Flour, a small bakery in Brno at Veveří 42. We bake sourdough bread. Call +420 541 234 567."
SUBMIT = "/api/prototype/queue/submit"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
JOB_KEYS = {
    "job_id", "status", "created_at", "updated_at", "expires_at", "error_message", "generated_files", "progress",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Api:
    """A running system, a client for it, and the operator's header."""

    up: Up
    client: httpx.Client
    operator: dict[str, str]

    def submit(self, **fields: Any) -> dict[str, Any]:
        """A request handed in."""
        answer = self.client.post(SUBMIT, json={"requirements": WORDS} | fields)
        assert answer.status_code == 200, answer.text
        submitted: dict[str, Any] = answer.json()
        return submitted

    def finished(self, job: str) -> dict[str, Any]:
        """The status of a job once nothing more will happen to it."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            status: dict[str, Any] = self.client.get(f"/api/queue/status/{job}").json()
            if status["status"] not in ("pending", "processing"):
                return status
            time.sleep(0.1)
        raise TimeoutError(job)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A whole `protogen up` with small limits of size and none of number."""
    limits = LimitSettings(user_per_day=0, contact_per_day=0, address_per_hour=0)
    with stub(good) as model:
        home = Settings(
            home=tmp_path_factory.mktemp("home"),
            web=WebSettings(port=0, limits=limits, idle_seconds=1.0),
            llm=LlmSettings(provider="openai", base_url=model.base_url, model="stub"),
            intake=IntakeSettings(max_yaml_bytes=20_000, max_file_bytes=50_000, max_drop_bytes=120_000),
        )
        with Up(home, Hook()) as up, httpx.Client(base_url=up.web.url.rstrip("/"), timeout=30) as client:
            yield Api(up, client, {"Authorization": f"Bearer {up.token.value}"})


@pytest.fixture(scope="module")
def made(api: Api) -> dict[str, Any]:
    """The status of a completed job."""
    return api.finished(api.submit(user_id="cust-1", submission_id="made")["job_id"])


class TestTheOldClientsCalls:
    """Names and shapes as they know them."""

    def test_submit(self, api: Api) -> None:
        """Taken, with the key to its status and a time in words."""
        answer = api.submit(user_id="cust-1", submission_id="sub-1")
        assert set(answer) == {"success", "job_id", "message", "estimated_completion_time"}
        assert answer["success"] is True
        assert answer["estimated_completion_time"].startswith("about ")

    @pytest.mark.parametrize("prefix", ["/api/prototype/queue", "/api/queue"])
    def test_status_answers_at_once(self, api: Api, prefix: str) -> None:
        """Both prefixes, from the moment that submit returns."""
        job = api.submit()["job_id"]
        answer = api.client.get(f"{prefix}/status/{job}")
        assert answer.status_code == 200
        assert set(answer.json()) == JOB_KEYS
        assert answer.json()["job_id"] == job

    def test_a_completed_job_names_its_files(self, made: dict[str, Any]) -> None:
        """Project, paths, address and commit."""
        assert made["status"] == "completed"
        assert made["progress"] == 100
        files = made["generated_files"]
        assert set(files) == {"project_id", "files", "url", "content"}
        assert files["files"]["index.html"] == f"/prototypes/{files['project_id']}/index.html"
        assert files["project_id"].startswith("fern-flour-")

    def test_the_files_are_where_they_are_said_to_be(self, api: Api, made: dict[str, Any]) -> None:
        """Each path answers."""
        for path in made["generated_files"]["files"].values():
            assert api.client.get(path).status_code == 200

    def test_the_same_submission_is_the_same_job(self, api: Api) -> None:
        """And another content under its id is refused."""
        first = api.submit(user_id="u", submission_id="twice")
        assert api.submit(user_id="u", submission_id="twice")["job_id"] == first["job_id"]
        other = {"user_id": "u", "submission_id": "twice", "requirements": "A page for our choir, please."}
        assert api.client.post(SUBMIT, json=other).status_code == 409

    def test_a_form_with_files(self, api: Api) -> None:
        """As a browser sends it."""
        answer = api.client.post(
            SUBMIT, data={"requirements": WORDS}, files={"files": ("menu.txt", b"Rye 80", "text/plain")}
        )
        assert api.finished(answer.json()["job_id"])["status"] == "completed"

    def test_list(self, api: Api, made: dict[str, Any]) -> None:
        """A bare array, newest first, by user, status, limit and offset."""
        found = api.client.get("/api/queue/list", params={"user_id": "cust-1"}, headers=api.operator).json()
        assert made["job_id"] in {each["job_id"] for each in found}
        assert set(found[0]) == JOB_KEYS
        completed = api.client.get("/api/queue/list?status=completed&limit=1", headers=api.operator).json()
        assert [each["status"] for each in completed] == ["completed"]
        every = api.client.get("/api/queue/list", headers=api.operator).json()
        later = api.client.get("/api/queue/list?offset=1", headers=api.operator).json()
        assert [each["job_id"] for each in later] == [each["job_id"] for each in every[1:]]
        assert api.client.get("/api/queue/list?user_id=nobody", headers=api.operator).json() == []

    def test_a_finished_job_cannot_be_cancelled(self, api: Api, made: dict[str, Any]) -> None:
        """400, in words."""
        answer = api.client.delete(f"/api/prototype/queue/{made['job_id']}")
        assert answer.status_code == 400
        assert "completed" in answer.json()["detail"]

    def test_one_that_waits_can(self, api: Api) -> None:
        """Among several that were handed in at once, the last waits."""
        jobs = [api.submit()["job_id"] for _ in range(6)]
        answer = api.client.delete(f"/api/queue/{jobs[-1]}")
        assert answer.json()["success"] is True
        assert api.client.get(f"/api/queue/status/{jobs[-1]}").status_code in (200, 404)

    def test_stats_and_cleanup(self, api: Api, made: dict[str, Any]) -> None:
        """Numbers, and how many were forgotten."""
        stats = api.client.get("/api/queue/stats", headers=api.operator).json()
        assert stats["completed"] >= 1
        assert stats["total"] >= stats["completed"]
        cleaned = api.client.post("/api/queue/cleanup", headers=api.operator).json()
        assert cleaned["success"] is True
        assert cleaned["cleaned"] == 0

    @pytest.mark.parametrize("by", ["project_id", "job_id"])
    def test_a_prototype(self, api: Api, made: dict[str, Any], by: str) -> None:
        """By project or job: what it is, its files, its zip."""
        name = made["job_id"] if by == "job_id" else made["generated_files"]["project_id"]
        about = api.client.get(f"/api/prototype/{name}").json()
        assert set(about) == {
            "project_id", "title", "description", "created_at", "expires_at", "file_count", "total_size",
        }  # fmt: skip
        files = api.client.get(f"/api/prototype/{name}/files").json()
        assert {"filename", "size", "type", "path"} == set(files[0])
        assert len(files) == about["file_count"]
        assert sum(each["size"] for each in files) == about["total_size"]
        told = api.client.get(
            f"/api/prototype/{name}/download", headers={"Accept": "application/json"}
        ).json()
        assert set(told) == {"success", "download_url", "message"}
        for address in (f"/api/prototype/{name}/download", told["download_url"]):
            archive = zipfile.ZipFile(io.BytesIO(api.client.get(address).content))
            assert len(archive.namelist()) == about["file_count"]
            assert archive.testzip() is None

    def test_generate_prototype(self, api: Api) -> None:
        """Queued within five seconds; the prototype's id is the job's."""
        body = {
            "requirements": WORDS,
            "analysis": {"trade": "bakery"},
            "prototype_type": "website",
            "customization_level": "high",
        }
        answer = api.client.post("/api/generate-prototype", json=body).json()
        assert set(answer) == {"prototype_id", "status", "results", "processing_time", "created_at"}
        assert answer["status"] == "queued"
        assert answer["processing_time"] < 5
        assert answer["results"]["job_id"] == answer["prototype_id"]
        assert api.finished(answer["prototype_id"])["status"] == "completed"

    def test_a_deleted_prototype_is_gone(self, api: Api) -> None:
        """Its files, its status's files, its submission."""
        job = api.finished(api.submit(submission_id="to-delete")["job_id"])
        project = job["generated_files"]["project_id"]
        assert api.client.delete(f"/api/prototype/{project}").status_code == 401
        assert api.client.delete(f"/api/prototype/{project}", headers=api.operator).json()["success"] is True
        assert api.client.get(f"/api/prototype/{project}").status_code == 404
        assert api.client.get(f"/api/queue/status/{job['job_id']}").json()["status"] == "expired"
        assert not (api.up.settings.published_dir / project).exists()


class TestLocks:
    """Nobody gets in where he does not belong."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/api/queue/list"),
            ("GET", "/api/prototype/queue/stats"),
            ("POST", "/api/queue/cleanup"),
            ("GET", "/api/prototype/"),
            ("DELETE", f"/api/prototype/{UNKNOWN}"),
        ],
    )
    @pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic dGVzdA==", "Bearer"])
    def test_the_operators_routes_want_his_token(self, api: Api, method: str, path: str, token: str) -> None:
        """401 for none and for a wrong one."""
        answer = api.client.request(method, path, headers={"Authorization": token} if token else {})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_other_sites_pages_may_not_call(self, api: Api) -> None:
        """CORS is off unless a site is named."""
        answer = api.client.post(
            SUBMIT, json={"requirements": WORDS}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def multipart(*parts: str, end: str = "--b--\r\n") -> dict[str, Any]:
    """A form with the boundary `b`, its parts as they are."""
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + end
    return {"content": body.encode(), "headers": {"content-type": "multipart/form-data; boundary=b"}}


FORM = {"content-type": "application/json"}
BAD: dict[str, tuple[dict[str, Any], set[int]]] = {
    "no body": ({}, {400, 415, 422}),
    "no json": ({"content": b"{broken", "headers": FORM}, {400, 422}),
    "a list": ({"json": ["x"]}, {400, 422}),
    "a text": ({"json": "x"}, {400, 422}),
    "null": ({"content": b"null", "headers": FORM}, {400, 422}),
    "an empty object": ({"json": {}}, {422}),
    "nothing said": ({"json": {"requirements": "   "}}, {422}),
    "a number for words": ({"json": {"description": 7}}, {422}),
    "true for words": ({"json": {"description": True}}, {422}),
    "not utf-8": ({"content": b'{"requirements": "\xff\xfe"}', "headers": FORM}, {400, 422}),
    "a nul": ({"json": {"requirements": WORDS, "name": "a\x00b"}}, {422}),
    "two lines in a name": ({"json": {"requirements": WORDS, "name": "a\nBcc: b"}}, {422}),
    "a header in a contact": (
        {"json": {"requirements": WORDS, "contact_value": "a@example.com\r\nBcc: b@example.com"}},
        {422},
    ),
    "an unknown contact": ({"json": {"requirements": WORDS, "contact_type": "pigeon"}}, {422}),
    "an id that is a list": ({"json": {"requirements": WORDS, "submission_id": ["a"]}}, {422}),
    "an id that is too long": ({"json": {"requirements": WORDS, "submission_id": "x" * 300}}, {422}),
    "a user that is an object": ({"json": {"requirements": WORDS, "user_id": {"a": 1}}}, {422}),
    "too many fields": ({"json": {f"f{n}": "x" for n in range(500)} | {"requirements": WORDS}}, {422}),
    "a long name of a field": ({"json": {"x" * 5000: "y", "requirements": WORDS}}, {422}),
    "nested deeply": ({"content": b'{"a":' * 5000 + b"1" + b"}" * 5000, "headers": FORM}, {400, 413, 422}),
    "too large": ({"json": {"requirements": "x " * 20_000}}, {413}),
    "a file that is too large": (
        {"data": {"requirements": WORDS}, "files": {"files": ("a.bin", b"x" * 60_000)}},
        {413},
    ),
    "files that are too large together": (
        {
            "data": {"requirements": WORDS},
            "files": [("files", (f"{n}.bin", b"x" * 45_000)) for n in range(4)],
        },
        {413},
    ),
    "a file from this machine": ({"json": {"requirements": WORDS, "files": ["/etc/passwd/../../x"]}}, {422}),
    "a step up": ({"json": {"requirements": WORDS, "files": ["../../ledger.git/config"]}}, {422}),
    "an encoded step up": ({"json": {"requirements": WORDS, "files": ["%2e%2e/%2e%2e/x"]}}, {422}),
    "a file address": ({"json": {"requirements": WORDS, "files": ["file:///etc/passwd"]}}, {422}),
    "an address of this machine": (
        {"json": {"requirements": WORDS, "voice": "http://127.0.0.1:8080/x"}},
        {422},
    ),
    "a name of this machine": ({"json": {"requirements": WORDS, "voice": "http://localhost/x"}}, {422}),
    "a metadata service": (
        {"json": {"requirements": WORDS, "voice_file_url": "http://169.254.169.254/latest/"}},
        {422},
    ),
    "gopher": ({"json": {"requirements": WORDS, "file_urls": ["gopher://x.example/1"]}}, {422}),
    "an unknown type": ({"content": b"<x/>", "headers": {"content-type": "application/xml"}}, {415}),
    "a type that is none": ({"content": b"x", "headers": {"content-type": ";;="}}, {400, 415}),
    "a form without boundary": (
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {400, 415, 422},
    ),
    "a form that ends early": (
        multipart('Content-Disposition: form-data; name="requirements"\r\n\r\nhello', end=""),
        {400, 422},
    ),
    "a form without names": (multipart("Content-Disposition: form-data\r\n\r\nhello"), {400, 422}),
    "a form of garbage": (multipart("garbage"), {400, 422}),
    "a part with endless headers": (
        multipart('Content-Disposition: form-data; name="a"\r\n' + "X: y\r\n" * 5000 + "\r\nhello"),
        {400, 413, 422},
    ),
    "an encoding that is not known": (
        {"content": b"x", "headers": {**FORM, "content-encoding": "gzip"}},
        {400, 415, 422},
    ),
    "a path for a name": (
        multipart(
            'Content-Disposition: form-data; name="requirements"\r\n\r\n ',
            'Content-Disposition: form-data; name="../../x"; filename=""\r\n\r\n',
        ),
        {400, 422},
    ),
}


def lies(api: Api) -> set[str]:
    """What lies in the inbox and beside it."""
    folder = api.up.settings.inbox_dir
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*")}


class TestBadInput:
    """A clear 4xx, in words, and nothing written."""

    def test_there_are_forty(self) -> None:
        """As many ways to be wrong."""
        assert len(BAD) >= 40

    @pytest.mark.parametrize("name", sorted(BAD))
    def test_it_is_refused(self, api: Api, name: str) -> None:
        """Problem details with a sentence, no job, no file."""
        request, expected = BAD[name]
        before, jobs = lies(api), len(api.up.ledger.jobs())
        answer = api.client.post(SUBMIT, **request)
        assert answer.status_code in expected, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.json()["detail"]) > 10
        assert len(api.up.ledger.jobs()) == jobs
        assert lies(api) <= before

    def test_a_body_that_stands_still_is_given_up(self, api: Api) -> None:
        """408 within the idle time, over a raw socket."""
        address = urlsplit(api.up.web.url)
        with socket.create_connection((address.hostname, address.port), timeout=20) as wire:
            head = f"POST {SUBMIT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            wire.sendall(f'{head}Content-Length: 100\r\n\r\n{{"requirements":'.encode())
            assert b" 408 " in wire.recv(4096).splitlines()[0]
        assert not [name for name in lies(api) if name.endswith(".tmp")]

    @pytest.mark.parametrize(
        "path",
        [
            "/api/queue/status/nonsense", f"/api/queue/status/{UNKNOWN}", "/api/queue/status/%2e%2e%2fx",
            "/api/prototype/nobody-00000", f"/api/prototype/{UNKNOWN}", "/api/prototype/www/files",
            "/api/prototype/..%2f..%2fledger.git/download", "/api/nothing",
        ],
    )  # fmt: skip
    def test_what_is_not_there_is_said_so(self, api: Api, path: str) -> None:
        """404 (400 for a path that is none), with `detail`."""
        answer = api.client.get(path)
        assert answer.status_code in (400, 404)
        assert answer.json()["detail"]

    def test_an_unknown_job_is_told_as_it_used_to_be(self, api: Api) -> None:
        """The old clients look for these words."""
        assert api.client.get(f"/api/queue/status/{UNKNOWN}").json()["detail"] == "Job not found"


class TestTheDescription:
    """What /openapi.json says is what the API does."""

    def test_no_call_answers_what_is_not_described(self, api: Api, made: dict[str, Any]) -> None:
        """Generated calls with a token and live ids: no 5xx, no status that is not described, and most of use."""
        described = api.client.get("/openapi.json").json()
        assert not [
            1 for path in described["paths"].values() for op in path.values() if "default" in op["responses"]
        ]
        schema = schemathesis.openapi.from_dict(described)
        seen: Counter[int] = Counter()
        ids = {"job_id": made["job_id"], "project_id": made["generated_files"]["project_id"]}
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.method == "delete" and operation.path.startswith("/api/prototype/{"):
                continue  # it would delete what the others ask for
            self._called(api, operation, ids, seen)
        assert sum(seen.values()) > 100
        good_ones = sum(count for status, count in seen.items() if status < 300)
        assert good_ones >= 0.3 * sum(seen.values()), seen

    def _called(self, api: Api, operation: Any, ids: dict[str, str], seen: Counter[int]) -> None:
        @given(case=operation.as_strategy(), live=st.booleans())
        @settings(
            max_examples=12,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def call(case: Any, live: bool) -> None:
            if live:
                case.path_parameters = {**(case.path_parameters or {}), **ids}
            answer = case.call(base_url=api.up.web.url.rstrip("/"), headers=api.operator)
            seen[answer.status_code] += 1
            # A live id makes a wrong call right; and what names a field may have no schema can say.
            left_out = [positive_data_acceptance, *([negative_data_rejection] if live else [])]
            case.validate_response(answer, additional_checks=[not_a_server_error], excluded_checks=left_out)

        call()

    def test_people_can_read_it(self, api: Api) -> None:
        """/docs names every call, and loads nothing from elsewhere."""
        page = api.client.get("/docs").text
        for path in api.client.get("/openapi.json").json()["paths"]:
            assert path in page
        assert "https://" not in page

    def test_it_is_json(self, api: Api) -> None:
        """For programs."""
        assert json.loads(api.client.get("/openapi.json").text)["info"]["title"] == "protogen"
