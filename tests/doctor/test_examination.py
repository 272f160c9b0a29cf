"""The doctor never fails: what breaks or hangs is a finding, and a cause stands before its echo."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from skyvern_ui.diagnosis.excerpt import excerpt
from skyvern_ui.doctor.check import Check, Patient
from skyvern_ui.doctor.checks import CHECKS
from skyvern_ui.doctor.examination import examine
from skyvern_ui.doctor.finding import Finding, ok
from skyvern_ui.doctor.scrub import HIDDEN, PIECE, Scrub

NOBODY = cast(Patient, None)


def check(name: str, answer: Any = None, **options: Any) -> Check:
    def look(_patient: Patient) -> Finding:
        if isinstance(answer, Exception):
            raise answer
        return answer or ok(name, "own", "Fine")
    return Check(name, "own", name.title(), look, **options)


def failing(name: str) -> Finding:
    return Finding(name, "own", "fail", "broken", "It is broken")


def verdicts(*checks: Check) -> dict[str, str]:
    return {each.check: each.verdict for each in examine(NOBODY, checks, Scrub([]))}


def test_every_check_ends_with_a_finding() -> None:
    assert verdicts(check("a"), check("b", failing("b")), check("c", ValueError("oops"))) == {
        "a": "ok", "b": "fail", "c": "unknown"}


def test_what_needs_a_failed_check_is_skipped_and_names_the_first_cause() -> None:
    checks = (check("a", failing("a")), check("b", needs=("a",)), check("c", needs=("b",)), check("d"))
    found = {each.check: each for each in examine(NOBODY, checks, Scrub([]))}
    assert [found[name].verdict for name in "abcd"] == ["fail", "skip", "skip", "ok"]
    assert "put right: A." in found["c"].explain


def test_a_need_that_is_not_examined_keeps_nothing_waiting() -> None:
    assert verdicts(check("b", needs=("not-here",))) == {"b": "ok"}


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_check_that_hangs_is_given_up_and_the_others_do_not_wait(never: threading.Event) -> None:
    def hang(_patient: Patient) -> Finding:
        never.wait(60)
        return ok("slow", "own", "Fine")
    slow = Check("slow", "own", "Slow", hang, seconds=0.3)
    found = list(examine(NOBODY, (slow, check("quick"), check("after", needs=("slow",))), Scrub([])))
    assert [(each.check, each.verdict) for each in found] == [("quick", "ok"), ("slow", "fail"), ("after", "skip")]


def test_more_checks_than_run_at_once_all_run() -> None:
    assert len(verdicts(*(check(f"c{n}") for n in range(40)))) == 40


def test_an_exception_does_not_tell_what_it_holds() -> None:
    found = list(examine(NOBODY, (check("a", ValueError("sk-very-secret-1234567890")),), Scrub([])))
    assert "secret" not in str(found)


@pytest.mark.parametrize("written", [
    "said {key}", "at %22{key}%22", "Bearer {key}", "http://user:{key}@host/", "?apikey={key}&x=1", "cut {key:.20}…"])
def test_secrets_are_scrubbed(written: str) -> None:
    key = "Ab/d+e=f0123456789abcdefgh"
    finding = Finding("a", "own", "fail", "x", "t", written.format(key=key), (written.format(key=key),),
                      (("It said", written.format(key=key)),))
    text = str(Scrub([key]).finding(finding))
    assert key[:20] not in text and HIDDEN in text


@pytest.mark.parametrize("written", [
    lambda key: key[:31], lambda key: key[9:], lambda key: key.lower(), lambda key: key.encode().hex(),
    lambda key: base64.b64encode(f"Bearer {key}".encode()).decode(), lambda key: excerpt("x " * 140 + key)])
def test_a_piece_of_a_secret_is_scrubbed_too(written: Callable[[str], str]) -> None:
    key = "PLAINmodelKEY0123456789abcdefghijKLMN"
    seen, whole = Scrub([key]).text(f"it said {written(key)}"), written(key).replace("x ", "")
    assert HIDDEN in seen
    assert not [at for at in range(len(whole) - PIECE + 1) if whole[at:at + PIECE] in seen]


def test_a_password_that_is_a_word_leaves_the_name_alone() -> None:
    assert Scrub(["skyvern"]).text("Skyvern at db, password skyvern") == f"Skyvern at db, password {HIDDEN}"


def test_what_cannot_be_shown_is_taken_out_of_a_finding() -> None:
    odd = "a\u0000\ud800\x1b[2J"
    found = Scrub([]).finding(Finding("a", "own", "fail", "x", odd, odd, (odd,), (("It said", odd),)))
    str(found).encode()
    assert (found.title, found.fix, found.evidence) == ("a   [2J", ("a   [2J",), (("It said", "a   [2J"),))


def test_scrubbing_takes_time_by_the_length_only() -> None:
    scrub, begun = Scrub(["PLAINMODELKEY0123456789abcdefghij"]), time.monotonic()
    for text in ("eyJ" * 20_000, "eyJaaaaaaaa." * 5000, "PLAINMODELKE" * 5000, "sk-" * 20_000, "://a:" * 12_000):
        scrub.text(text)
    assert time.monotonic() - begun < 3.0, "each took ten seconds and more when it was tried at every place anew"


@pytest.mark.parametrize("secret", ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzEifQ.abcdefgh", "sk-proj-abcdefghijklmnop",
                                    "Bearer abcdefgh12345678"])
def test_what_looks_like_a_key_is_scrubbed_unasked(secret: str) -> None:
    assert secret.split()[-1] not in Scrub([]).text(f"it said {secret}.")


def test_the_checks_have_each_a_name_and_need_only_earlier_ones() -> None:
    seen: set[str] = set()
    for each in CHECKS:
        assert each.name not in seen and set(each.needs) <= seen, each.name
        seen.add(each.name)
