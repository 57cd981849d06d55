"""Notices: who hears of what, in which words, by which way; nothing lost, nothing leaked, nothing held up."""

from __future__ import annotations

import logging
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.config import ConfigError, Settings
from protogen.config_notices import ContactSettings, NoticeRetrySettings, NoticeSettings, StatexSettings
from protogen.hooks import Hook, outbox
from protogen.hooks.channels import address, filled, person
from protogen.hooks.notices import Links, Notices, Targets
from protogen.hooks.outbox import Message, Outbox, Undelivered, entries, message_id
from protogen.hooks.wording import LOCALE, languages, wording
from protogen.intake.accept import accept
from protogen.job import Event, Status, new_job_id, now
from protogen.ledger import Ledger
from protogen.lifecycle import recorded
from protogen.prune import prune
from protogen.submission import ContactType, Submission
from tools.jobs import SITE, failed, job_of, version
from tools.processes import until
from tools.receivers import SENT, Mailbox, Posted, Service, mailbox, service, text_of

CZECH = "Jsme malá pekárna v Brně. Každé ráno pečeme kváskový chléb a prodáváme rohlíky i dorty. Napište nám."
SECRET = "s3cret-of-the-operator"
QUICK = NoticeRetrySettings(attempts=4, first_delay=0.1, factor=1, jitter=0)
ALL = ("confirmation", "started", "progress", "completed", "failed", "expiring")


@pytest.fixture
def ledger(home: Settings) -> Iterator[Ledger]:
    with Ledger.create(home.ledger_dir) as ledger:
        yield ledger


def by_mail(box: Mailbox, **values: Any) -> NoticeSettings:
    url = f"mailto://user:{SECRET}@127.0.0.1:{box.port}?from=sites@example.com&mode=insecure&to={{contact}}"
    return NoticeSettings(customer=ContactSettings(email=url), retry=QUICK, **values)


def by_statex(one: Service, **values: Any) -> NoticeSettings:
    return NoticeSettings(statex=StatexSettings(base_url=one.url, seconds=0.5), retry=QUICK, **values)


class Heard(Hook):
    def __init__(self) -> None:
        self.said: list[str] = []

    def notice_failed(self, channel: str, code: str) -> None:
        self.said.append(f"{channel} {code}")


@contextmanager
def telling(
    home: Settings, ledger: Ledger, part: NoticeSettings, heard: Hook | None = None
) -> Iterator[Notices]:
    """Notices at work until the end of the block."""
    settings = home.model_copy(update={"notices": part})
    box = Outbox(settings.outbox_dir, part.retry, heard or Hook())
    links = Links("http://localhost:3000/", "http://{project_id}.localhost:3000/")
    notices = Notices(settings, ledger, box, Targets(settings), lambda: links)
    box.start()
    notices.start()
    try:
        yield notices
    finally:
        notices.stop()
        box.stop()


def asked(
    home: Settings,
    ledger: Ledger,
    contact_type: ContactType = "email",
    contact_value: str = "jana@example.com",
    description: str = CZECH,
    at: datetime | None = None,
    **values: Any,
) -> Event:
    """A request in the ledger, by somebody who can be told."""
    submission = Submission(
        new_job_id(), description, contact_type=contact_type, contact_value=contact_value, **values
    )
    return accept(submission, ledger, home, at or now()).job


def done(home: Settings, ledger: Ledger, event: Event, expires: datetime | None = None) -> Event:
    """The job of an event that is pending, completed."""
    claimed = ledger.claim(now())
    assert claimed is not None
    assert claimed.job == event.job
    claimed = replace(claimed, expires_at=expires or now() + timedelta(days=30))
    return version(home, ledger, claimed, "fern-flour-7k2mq", now(), SITE)


def begun(notices: Notices) -> None:
    """From now on, whatever was in the ledger before."""
    notices.look(now())


# -- who hears of what ------------------------------------------------------------------------------------


def test_a_customer_hears_by_mail_in_his_language_from_request_to_website(
    home: Settings, ledger: Ledger
) -> None:
    """With both links, the date and a reference; in Czech, for the request is."""
    with mailbox() as box, telling(home, ledger, by_mail(box)) as notices:
        begun(notices)
        event = asked(home, ledger)
        notices.job_accepted(event)
        until(lambda: len(box.mails) == 1 or None, what="the confirmation")
        notices.job_finished(done(home, ledger, event))
        until(lambda: len(box.mails) == 2 or None, what="the link")
    first, last = box.mails
    assert box.recipients == ["jana@example.com"] * 2
    assert [first["Subject"], last["Subject"]] == ["Vaše žádost dorazila", "Váš web je hotový"]
    assert f"http://localhost:3000/jobs/{event.job}" in text_of(first)
    assert "http://fern-flour-7k2mq.localhost:3000/" in text_of(last)
    assert "http://localhost:3000/prototypes/fern-flour-7k2mq" in text_of(last)
    assert f"{(now() + timedelta(days=30)).year}" in text_of(last)
    for mail in box.mails:
        assert mail["X-Notice-Id"] in text_of(mail)
        assert "pekárn" not in text_of(mail)


def test_statex_is_told_in_its_own_words(home: Settings, ledger: Ledger) -> None:
    """The three types that it knows, and every field of its contract."""
    with service() as one, telling(home, ledger, by_statex(one)) as notices:
        begun(notices)
        event = asked(home, ledger, "telegram", "@jana_n", user_id="cust-1042", name="Jana Nováková")
        done(home, ledger, event)
        notices.look(now())
        failed_job = asked(home, ledger, user_id="cust-7", name="BUY NOW http://spam.example")
        claimed = ledger.claim(now())
        assert claimed is not None
        ledger.record(replace(claimed, status=Status.FAILED, at=now(), error="gate"))
        notices.look(now())
        until(lambda: len(one.posted) == 4 or None)
    assert {posted.path for posted in one.posted} == {"/api/notifications"}
    keys = {"user_id", "type", "title", "message", "contact_type", "contact_value", "user_name"}
    assert all(set(posted.body) == keys for posted in one.posted)
    told = [
        (p.body["user_id"], p.body["type"], p.body["contact_value"], p.body["user_name"]) for p in one.posted
    ]
    assert sorted(told) == [
        ("cust-1042", "confirmation", "@jana_n", "Jana Nováková"),
        ("cust-1042", "prototype_ready", "@jana_n", "Jana Nováková"),
        ("cust-7", "confirmation", "jana@example.com", ""),
        ("cust-7", "error", "jana@example.com", ""),
    ]
    assert failed_job.job
    assert all(p.headers["idempotency-key"] in p.body["message"] for p in one.posted)


@pytest.mark.parametrize(("events", "wanted"), [(ALL, 3), (NoticeSettings().events, 1)])
def test_started_and_progress_are_told_where_the_settings_say_so(
    events: tuple[Any, ...], wanted: int, home: Settings, ledger: Ledger
) -> None:
    """And not by default."""
    with service() as one, telling(home, ledger, by_statex(one, events=events)) as notices:
        begun(notices)
        event = asked(home, ledger)
        assert ledger.claim(now())
        notices.stage_started(event.job, "style", 2, 5)
        notices.look(now())
        until(lambda: len(one.posted) == wanted or None)
    titles = [posted.body["title"] for posted in one.posted]
    assert ("Váš web: krok 3 z 5" in titles) is (events == ALL)


def test_nothing_is_sent_and_nothing_kept_where_no_way_is_named(home: Settings, ledger: Ledger) -> None:
    """Neither then nor later, when one is."""
    with telling(home, ledger, NoticeSettings()) as notices:
        notices.job_accepted(asked(home, ledger))
        notices.stage_started(new_job_id(), "style", 2, 5)
    assert entries(home.outbox_dir) == []
    assert not (home.run_dir / "notices.json").exists()
    with service() as one, telling(home, ledger, by_statex(one)) as notices:
        begun(notices)
        asked(home, ledger)
        notices.look(now())
        until(lambda: one.posted)
    assert len(one.posted) == 1


def test_each_type_of_contact_has_its_own_way_and_the_rest_goes_to_statex(
    home: Settings, ledger: Ledger
) -> None:
    """An apprise URL is taken first; a phone, for which StateX has no channel, is put aside and reported."""
    heard = Heard()
    with service() as one, service() as hook:
        part = by_statex(one).model_copy(
            update={"customer": ContactSettings(telegram=f"json://127.0.0.1:{hook.port}/to/{{contact}}")}
        )
        with telling(home, ledger, part, heard) as notices:
            begun(notices)
            asked(home, ledger, "telegram", "@jana_n")
            asked(home, ledger, "whatsapp", "+420 541 234 567")
            asked(home, ledger, "phone", "+420 541 234 567")
            asked(home, ledger, "", "")
            notices.look(now())
            until(lambda: (one.posted and hook.posted and heard.said) or None)
    assert [posted.path for posted in hook.posted] == ["/to/jana_n"]
    assert hook.posted[0].headers["x-notice-id"] in hook.posted[0].body["message"]
    assert [posted.body["contact_type"] for posted in one.posted] == ["whatsapp"]
    assert heard.said == ["statex no-channel"]
    assert [entry.message.error for entry in entries(home.outbox_dir)] == ["no-channel"]


def test_a_site_that_will_go_is_told_of_once(home: Settings, ledger: Ledger) -> None:
    """So many days before, also where nobody looked on that day; not twice, not after it is gone."""
    with service() as one, telling(home, ledger, by_statex(one, events=("expiring",))) as notices:
        begun(notices)
        expires = now() + timedelta(days=30)
        done(home, ledger, asked(home, ledger), expires)
        for days in (-4, -2.5, -2, -1, 1):
            notices.look(expires + timedelta(days=days))
        until(lambda: one.posted)
    assert [posted.body["title"] for posted in one.posted] == ["Váš web bude brzy odpojen"]
    assert entries(home.outbox_dir) == []


def test_what_happened_while_nobody_listened_is_told_at_the_next_start(
    home: Settings, ledger: Ledger
) -> None:
    """The ledger is followed, not the worker: a crash right after `completed` costs no notice."""
    with service() as one:
        with telling(home, ledger, by_statex(one)) as notices:
            begun(notices)
        event = asked(home, ledger)
        done(home, ledger, event)
        with telling(home, ledger, by_statex(one)):
            until(lambda: len(one.posted) == 2 or None)
        with telling(home, ledger, by_statex(one)) as notices:
            notices.look(now())
    assert [posted.body["type"] for posted in one.posted] == ["confirmation", "prototype_ready"]


def test_a_site_that_is_brought_back_is_not_told_of_as_a_new_one(home: Settings, ledger: Ledger) -> None:
    """Nor is one that stays since its new version was called off."""
    with service() as one, telling(home, ledger, by_statex(one, events=("completed",))) as notices:
        begun(notices)
        event = done(home, ledger, asked(home, ledger))
        again = ledger.claim(now()) or ledger.record(
            replace(event, status=Status.PENDING, at=now(), attempt=0)
        )
        assert again.status is Status.PENDING
        claimed = ledger.claim(now())
        assert claimed is not None
        new = version(home, ledger, claimed, "fern-flour-7k2mq", now(), {**SITE, "a.txt": b"2"})
        back = ledger.restore_version("fern-flour-7k2mq", 1, now())
        ledger.record(recorded(new, back, now()))
        notices.look(now())
        until(lambda: len(one.posted) == 2 or None)
        notices.look(now())
    ids = [posted.headers["idempotency-key"] for posted in one.posted]
    assert len(set(ids)) == 2


def test_nobody_is_told_of_a_job_that_has_expired(home: Settings, ledger: Ledger) -> None:
    """What waits for a service that is down goes with the job, and holds nothing of the customer's meanwhile."""
    with service() as one:
        one.fails(500)
        patient = by_statex(one).model_copy(update={"retry": NoticeRetrySettings(first_delay=60)})
        with telling(home, ledger, patient) as notices:
            begun(notices)
            event = done(home, ledger, asked(home, ledger, name="Jana Nováková"))
            notices.look(now())
            until(lambda: len(one.posted) == 2 or None)
            until(lambda: all(entry.message.attempts for entry in entries(home.outbox_dir)) or None)
            kept = b"".join(path.read_bytes() for path in home.run_dir.rglob("*.json"))
            for word in ("jana@example.com", "Nováková", "pekárna"):
                assert word.encode() not in kept
            prune(home, ledger, now() + timedelta(days=40))
            assert entries(home.outbox_dir) == []
            assert job_of(ledger, event.job).status is Status.EXPIRED
            outbox.put(
                home.outbox_dir, Message(message_id("late"), "statex", {"kind": "completed"}, event.job)
            )
            one.recovers()
            until(lambda: entries(home.outbox_dir) == [] or None)
    assert len(one.posted) == 2


# -- failures ---------------------------------------------------------------------------------------------


def test_a_service_that_fails_hangs_and_lies_hears_everything_in_the_end(
    home: Settings, ledger: Ledger
) -> None:
    """At least once each, and under one id however often: a 200 that does not say `sent` is a failure."""
    heard = Heard()
    with service() as one:
        faults = iter(["500", "hang", "lie"])

        def next_fault(_: Posted) -> None:
            match next(faults, "well"):
                case "500":
                    one.fails(500)
                case "hang":
                    one.hangs = True
                case "lie":
                    one.fails(200, b'{"status": "failed", "error": "no bot"}')
                case _:
                    one.fails(200, SENT)

        with service(next_fault) as one, telling(home, ledger, by_statex(one), heard) as notices:
            begun(notices)
            asked(home, ledger)
            notices.look(now())
            until(lambda: (len(one.posted) == 4 and entries(home.outbox_dir) == []) or None)
    assert len({posted.headers["idempotency-key"] for posted in one.posted}) == 1
    assert heard.said == []


@pytest.mark.parametrize("answer", [b"", b"[]", b"sent", b'{"status": "queued"}', b"x" * 100_000])
def test_what_statex_did_not_send_is_reported(answer: bytes, home: Settings, ledger: Ledger) -> None:
    """After the last attempt it is put aside."""
    heard = Heard()
    with service() as one, telling(home, ledger, by_statex(one), heard) as notices:
        one.fails(200, answer)
        begun(notices)
        asked(home, ledger)
        notices.look(now())
        until(lambda: heard.said)
    assert heard.said[0].startswith(("statex not-sent", "statex bad-answer"))
    assert len(one.posted) == QUICK.attempts


def test_a_mail_server_that_refuses_is_asked_again(home: Settings, ledger: Ledger) -> None:
    """The mail that comes then is the same one."""
    with mailbox() as box, telling(home, ledger, by_mail(box)) as notices:
        box.verdict = "451 later"
        begun(notices)
        asked(home, ledger)
        notices.look(now())
        until(lambda: [e for e in entries(home.outbox_dir) if e.message.error == "not-taken"])
        (waiting,) = entries(home.outbox_dir)
        box.verdict = "250 OK"
        until(lambda: box.mails)
    assert box.mails[0]["X-Notice-Id"] == waiting.message.id


def test_a_full_outbox_loses_nothing(home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place in the ledger waits where it is."""
    monkeypatch.setattr(outbox, "MOST_WAITING", 1)
    with service() as one, telling(home, ledger, by_statex(one)) as notices:
        one.hangs = True
        begun(notices)
        for _ in range(3):
            asked(home, ledger)
        with pytest.raises(OSError, match="full"):
            notices.look(now())
        one.recovers()

        def all_came() -> bool:
            notices.job_finished(job_of(ledger, ledger.jobs()[0].job))
            return len({posted.headers["idempotency-key"] for posted in one.posted}) == 3

        until(all_came)


# -- hostile contacts -------------------------------------------------------------------------------------

HOSTILE = [
    "jana@example.com\r\nBcc: all@example.com",
    "jana@example.com,other@example.com",
    "jana@example.com other@example.com",
    "jana@example.com&smtp=evil.example",
    "jana@example.com?to=other@example.com",
    "jana@example.com/../x",
    "jana%40example.com@evil.example",
    "<jana@example.com>",
    '"a b"@example.com',
    "jana@127.0.0.1:25",
    "jana@-example.com",
    "@example.com",
    "",
    "a" * 80 + "@example.com",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_contact_that_is_more_than_one_is_none(value: str) -> None:
    """It is put aside at once, and nothing is sent."""
    with pytest.raises(Undelivered) as caught:
        address("email", value)
    assert (caught.value.code, caught.value.lasting) == ("bad-contact", True)


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("email", " jana+web@example.co.uk ", "jana+web@example.co.uk"),
        ("email", "jana@münchen.example", "jana@xn--mnchen-3ya.example"),
        ("phone", "+420 (541) 234-567", "+420541234567"),
        ("whatsapp", "00420541234567", "00420541234567"),
        ("telegram", "@jana_n", "@jana_n"),
        ("telegram", "-1001234567", "-1001234567"),
        ("linkedin", "https://www.linkedin.com/in/jana-novak/", "jana-novak"),
    ],
)
def test_a_contact_is_written_as_its_service_wants_it(kind: str, value: str, plain: str) -> None:
    """Spaces and brackets of people go."""
    assert address(kind, value) == plain


@given(st.sampled_from(["email", "phone", "telegram", "whatsapp", "linkedin"]), st.text())
def test_no_contact_changes_more_of_a_url_than_its_own_place(kind: str, value: str) -> None:
    """Host, path and parameters are those of the settings, whatever a customer writes."""
    template = "mailto://user:key@mail.example.com/a/{contact}/b?to={contact}&from=me@example.com"
    for hostile in (value, f"jana{value}@example.com", f"+420541{value}"):
        try:
            plain = address(kind, hostile)
        except Undelivered:
            continue
        url = filled(template, plain)
        before, rest = template.split("{contact}", 1)
        value_in = url[len(before) :].split("/", 1)[0]
        assert set(value_in) <= set(string.ascii_letters + string.digits + "%._-")
        assert url == template.replace("{contact}", value_in)
        assert rest


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Jana Nováková", "Jana Nováková"),
        ("Jean-Luc O’Neill Jr.", "Jean-Luc O’Neill Jr."),
        ("Win at http://spam.example", ""),
        ("Jana\r\nBcc: x", ""),
        ("<b>Jana</b>", ""),
        ("x" * 61, ""),
    ],
)
def test_only_a_name_is_a_name(name: str, greeted: str) -> None:
    """Nobody is greeted with an advertisement."""
    assert person(name) == greeted


# -- words ------------------------------------------------------------------------------------------------

VALUES = {
    "reference": "R",
    "job_url": "J",
    "site_url": "S",
    "viewer_url": "V",
    "date": "D",
    "step": "2",
    "steps": "5",
}


def test_notices_are_written_in_the_languages_that_pages_are() -> None:
    """At least these."""
    assert {"en", "cs", "de", "fr", "es", "pt", "pl", "ru", "uk", "it", "sk"} <= languages()


@pytest.mark.parametrize("language", sorted(languages() - {"en"}))
@pytest.mark.parametrize("kind", ALL)
def test_every_notice_is_whole_in_every_language(kind: str, language: str) -> None:
    """No English line is left, and every value has its place."""
    english, theirs = wording(kind, "en", **VALUES), wording(kind, language, **VALUES)
    plain = [line for line in english.text.splitlines() if line]
    assert not set(theirs.text.splitlines()) & set(plain)
    assert theirs.title != english.title
    for value in re.findall(r"\b[A-Z25]\b", f"{english.title} {english.text}"):
        assert value in f"{theirs.title} {theirs.text}".split() or value in theirs.text
    assert "\n" not in theirs.title


def test_no_catalogue_has_a_word_that_no_notice_says() -> None:
    """What is taken out of a template leaves the catalogues too."""
    said = "".join(path.read_text("utf-8") for path in (LOCALE.parent / "templates").glob("*.j2"))
    said = re.sub(r"{{ (\w+) }}", r"%(\1)s", said)
    for path in LOCALE.glob("*.po"):
        for text in re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE):
            assert text in said


def test_a_language_without_a_catalogue_gets_english() -> None:
    """As pages do."""
    assert wording("completed", "fi", **VALUES) == wording("completed", "en", **VALUES)


# -- settings and logs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"operator": ["mailto://user:${NOT_SET_ANYWHERE}@example.com"]}, "notices.operator names .*NOT_SET"),
        ({"operator": ["nosuchservice://key"]}, "notices.operator is no URL that apprise knows"),
        ({"customer": {"email": "nosuchservice://key/{contact}"}}, "notices.customer.email is no URL"),
    ],
)
def test_a_way_that_cannot_be_used_is_said_at_the_start(
    home: Settings, part: dict[str, Any], said: str
) -> None:
    """With the setting's name, and without the key in it."""
    settings = home.model_copy(update={"notices": NoticeSettings(**part)})
    with pytest.raises(ConfigError, match=said) as caught:
        Targets(settings)
    assert "key" not in str(caught.value)


def test_keys_come_from_the_environment(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in them, they are one part of the URL."""
    monkeypatch.setenv("MAIL_KEY", "p@ss/w?rd")
    part = NoticeSettings(operator=("mailto://user:${MAIL_KEY}@example.com",))
    assert Targets(home.model_copy(update={"notices": part})).operator == (
        "mailto://user:p%40ss%2Fw%3Frd@example.com",
    )


def test_no_log_line_has_a_contact_a_key_or_a_text(
    home: Settings, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where everything fails, and everything is logged."""
    caplog.set_level(logging.DEBUG)
    heard = Heard()
    with mailbox() as box, service() as one, service() as hook:
        box.verdict = "550 no such user jana@example.com"
        one.fails(500, b"jana@example.com")
        hook.fails(500)
        urls = {
            "email": f"mailto://user:{SECRET}@127.0.0.1:{box.port}?mode=insecure&from=a@example.com&to={{contact}}",
            "telegram": f"json://user:{SECRET}@127.0.0.1:{hook.port}/{SECRET}/{{contact}}",
        }
        part = by_statex(one).model_copy(update={"customer": ContactSettings(**urls)})
        with telling(home, ledger, part, heard) as notices:
            begun(notices)
            asked(home, ledger, name="Jana Nováková")
            asked(home, ledger, "telegram", "@jana_nova_1")
            asked(home, ledger, "whatsapp", "+420541234567")
            asked(home, ledger, "email", "x\r\nBcc: victim@example.com")
            notices.look(now())
            until(lambda: len(heard.said) == 4 or None)
    logged = "\n".join(
        each.getMessage() for each in caplog.records if each.name != "mail.log"
    )  # the receiver's
    assert logged.count("put aside") == 4
    for word in (SECRET, "jana", "Jana", "541234567", "victim", "pekárna", "dorazila"):
        assert word not in logged


def test_failed_jobs_are_told_of_too(home: Settings, ledger: Ledger) -> None:
    """One that was sent without a contact has nobody to be told."""
    with service() as one, telling(home, ledger, by_statex(one, events=("failed",))) as notices:
        begun(notices)
        failed(home, ledger, now())
        notices.look(now())
    assert one.posted == []
    assert entries(home.outbox_dir) == []


def test_where_notices_stand_is_kept_beside_the_outbox(
    home: Settings, ledger: Ledger, tmp_path: Path
) -> None:
    """A spoilt file means: from now on; nobody is told of last year."""
    asked(home, ledger)
    (home.run_dir / "notices.json").write_text("{", "utf-8")
    with service() as one, telling(home, ledger, by_statex(one)) as notices:
        begun(notices)
        asked(home, ledger)
        notices.look(now())
        until(lambda: one.posted)
    assert len(one.posted) == 1
