"""Mixed calls with faults, for SOAK_SECONDS: afterwards pool, ledger, charges, keys and usage log agree to the
thousandth with what the provider did. Twelve seconds in CI; half an hour with SOAK_SECONDS=1800."""

from __future__ import annotations

import csv
import os
import random
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest
import requests
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.services.credits.ledger_rules import CREDIT, grant
from skyvern_ui.services.keys.rules import revoke_key, rotate_key

from ..support.programs import CHAT, EMBEDDINGS, IMAGES, Program, Service, audited, in_app, new_service, priced
from ..support.provider import Provider
from ..support.server import Server, wait_for

SECONDS = float(os.environ.get("SOAK_SECONDS", 12))
THREADS, SEED = 6, 5
PAUSE = 0.8 if SECONDS > 60 else 0  # at most, between two calls: a long run leaves the machine to others
TOKENS, HELD, IMAGE, EMBEDDING = 1000, 5000, 2000, 100  # thousandths: 1,000 tokens used, held, a picture, a call
pytestmark = pytest.mark.timeout(SECONDS + 180)  # also while a busy machine starts the servers


@pytest.fixture(scope="module")
def environment(provider: Provider) -> dict[str, str]:
    return provider.settings


class Soak:
    """Programs of a rich service and of a poor one that do anything, until the time is over. `costs` is what each call
    must cost if the provider works for it."""

    def __init__(self, rich: Service, poor: Service) -> None:
        self.rich, self.poor = rich, poor
        self.costs: dict[str, int] = {}
        self.told: list[str] = []
        self.failures: list[BaseException] = []
        self.key_id, self.key = rich.key()
        self.poor_key = poor.key()[1]
        self.revoked_id, self.revoked = rich.key()
        self.capped_id, self.capped = rich.key(spend_cap=50 * TOKENS + HELD)
        self.until = time.monotonic() + SECONDS

    def run(self) -> None:
        threads = [threading.Thread(target=self._calls, args=(number,), daemon=True) for number in range(THREADS)]
        threads.append(threading.Thread(target=self._keeps, daemon=True))
        [t.start() for t in threads]
        [t.join(SECONDS + 90) for t in threads]
        assert not any(t.is_alive() for t in threads), "some call never ended"
        if self.failures:
            raise self.failures[0]

    def _calls(self, number: int) -> None:
        dice = random.Random(SEED * 1000 + number)
        program, turn = self.rich.program(self.key), 0
        while time.monotonic() < self.until and not self.failures:
            turn += 1
            program.headers["Authorization"] = f"Bearer {self.key}"  # it is rotated now and then
            time.sleep(dice.uniform(0, PAUSE))
            try:
                self._call(program, dice, f"{number}-{turn}")
            except BaseException as error:  # noqa: BLE001 - it is raised by run
                self.failures.append(error)
        program.close()

    def _call(self, program: Program, dice: random.Random, name: str) -> None:
        kind = dice.choices(("chat", "stream", "images", "embedding", "refused", "poor", "look"),
                            (5, 4, 3, 3, 3, 2, 1))[0]
        if kind == "chat":
            verb = dice.choice(("say", "say", "say", "fail", "busy", "bad", "cut", "torn", "late"))
            self.costs[name] = HELD if verb == "torn" else TOKENS
            if verb == "late":
                with pytest.raises(requests.Timeout), self.rich.program(self.key) as hasty:
                    hasty.post(CHAT, json=_chat(f"late {name}"), timeout=0.4)
            else:
                self._expect(program.chat(f"{verb} {name}"), {"say": 200, "busy": 429, "bad": 400}.get(verb, 502),
                             TOKENS if verb == "say" else HELD if verb == "torn" else 0)
        elif kind == "stream":
            self._stream(program, dice.choice(("say", "slow", "leave", "leave", "break", "empty")), dice, name)
        elif kind == "images":
            count, verb = dice.randint(1, 3), dice.choice(("say", "say", "fewer", "none"))
            self.costs[name] = (count - (verb == "fewer")) * IMAGE
            answer = program.post(IMAGES, json={"prompt": f"{verb} {name}", "n": count})
            self._expect(answer, 502 if verb == "none" else 200, 0 if verb == "none" else self.costs[name])
        elif kind == "embedding":
            self.costs[name] = EMBEDDING
            body, once = {"model": "m", "input": f"say {name}"}, {"Idempotency-Key": name}
            self._expect(program.post(EMBEDDINGS, json=body, headers=once), 200, EMBEDDING)
            if dice.random() < 0.3:
                again = program.post(EMBEDDINGS, json=body, headers=once)
                assert again.status_code in (200, 409) and (
                    again.status_code == 409 or again.headers["Idempotent-Replayed"] == "true"), again.text
        elif kind == "refused":
            self._refused(name, dice)
        elif kind == "poor":
            self.costs[f"poor{name}"] = TOKENS
            with self.poor.program(self.poor_key) as poor:
                answer = poor.chat(f"say poor{name}")
            self._expect(answer, answer.status_code if answer.status_code in (200, 402) else 200, TOKENS)
        else:
            path = dice.choice(("/api/v1/credits", "/api/v1/usage?group_by=model", "/api/v1/usage"))
            self._expect(program.get(path), 200, None)

    def _expect(self, answer: requests.Response, status: int, cost: int | None) -> None:
        """The answer, and what it says it cost. Nothing was held when the books could not be written: 503."""
        code = "" if answer.status_code == 200 else answer.json()["error"]["code"]
        self.told.append(f"{answer.status_code} {code}".strip())
        if code != "ledger_unavailable":
            assert answer.status_code == status, f"{status} expected: {answer.status_code} {answer.text}"
        if answer.status_code == 200 and cost is not None:
            assert answer.headers["X-Credits-Charged"] == f"{cost / CREDIT:g}", answer.headers

    def _stream(self, program: Program, verb: str, dice: random.Random, name: str) -> None:
        self.costs[name] = HELD if verb == "break" else TOKENS
        said = dice.choice(("slow", "say")) if verb == "leave" else verb
        with closing(program.chat(f"{said} {name}", stream=True)) as answer:
            self._expect(answer, 200, HELD)
            pieces = answer.iter_content(None)
            first = next(pieces)
            if verb == "leave" or answer.status_code != 200:
                return
            text = first + b"".join(pieces)
            assert text.endswith((b"data: [DONE]\n\n", b"\n\n")) and b"[DONE]" in text
            assert (b"upstream_broken" in text) == (verb in ("break", "empty")), text
            assert b"prompt_tokens" not in text, "the usage was not asked for"

    def _refused(self, name: str, dice: random.Random) -> None:
        """None of these may reach the provider: they have no cost."""
        what = dice.choice(("body", "key", "revoked", "capped"))
        if what == "capped":
            self.costs[f"capped{name}"] = TOKENS
            with self.rich.program(self.capped) as capped:
                answer = capped.chat(f"say capped{name}")
            self._expect(answer, answer.status_code if answer.status_code in (200, 402) else 200, TOKENS)
            return
        if what == "body":
            with self.rich.program(self.key) as program:
                self._expect(program.post(CHAT, json={**_chat(f"say x{name}"), "api_base": "http://x"}), 400, 0)
            return
        with self.rich.program("sk-nobody-knows-this-key" if what == "key" else self.revoked) as stranger:
            answer = stranger.chat(f"say x{name}")
        assert answer.status_code in (401, 429) or what == "revoked", answer.text
        if answer.status_code == 200:  # before it was revoked
            self.costs[f"x{name}"] = TOKENS
        self.told.append(str(answer.status_code))

    def _keeps(self) -> None:
        """What the operator does meanwhile: credits are given, a key is rotated, another one is ended."""
        pause, app = threading.Event(), self.rich.app
        while not pause.wait(min(2.0, SECONDS / 6)) and time.monotonic() < self.until and not self.failures:
            try:
                in_app(app, lambda: grant(self.poor.org_id, 2 * HELD, CLI, "More"))
                in_app(app, lambda: revoke_key(self.revoked_id, CLI))
                fresh = self.rich.key()
                self.key = fresh[1]
                in_app(app, lambda key_id=fresh[0]: rotate_key(key_id, timedelta(hours=1), CLI))
            except BaseException as error:  # noqa: BLE001 - it is raised by run
                self.failures.append(error)


def _chat(said: str) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": said}]}


def test_the_books_agree_after_it_all(running: tuple[Server, Flask], provider: Provider) -> None:
    server, app = running
    priced(app, (CHAT, "1k_tokens", TOKENS, HELD), (IMAGES, "image", IMAGE, IMAGE),
           (EMBEDDINGS, "call", EMBEDDING, EMBEDDING))
    provider.done.clear()
    rich, poor = new_service(app, server.url, "rich", 10_000_000), new_service(app, server.url, "poor", 12)
    soak = Soak(rich, poor)
    soak.run()
    wait_for(lambda: not [c for s in (rich, poor) for c in s.charges() if c.state == "held"], 30, "all calls to end")
    assert set(provider.done.values()) == {1}, "nothing is asked twice"
    unknown = set(provider.done) - set(soak.costs)
    assert not unknown, f"calls that should have been refused: {sorted(unknown)[:5]}"
    due = Counter({rich.org_id: 0, poor.org_id: 0})
    for name in provider.done:
        due[poor.org_id if name.startswith("poor") else rich.org_id] += soak.costs[name]
    assert {rich.org_id: audited(rich), poor.org_id: audited(poor)} == due
    with rich.program(soak.key) as program:
        table = program.get("/api/v1/usage?format=csv", timeout=120)
    rows = list(csv.DictReader(table.text.splitlines()))
    assert round(sum(float(row["credits"]) for row in rows) * CREDIT) == due[rich.org_id]
    seen = Counter(soak.told)
    print(f"{len(soak.told)} calls in {SECONDS:g} s: {dict(seen)}; {due.total() / CREDIT:g} credits")
    assert {"200", "502 upstream_failed", "502 no_images"} <= set(seen), seen
