"""Many programs at one pool, over several workers: never overspent, never lost, to the thousandth.

The four contention tests of Unkey, at zero tolerance: many clients drain one pool; many keys drain one pool; a key with
a cap beside one without; retries with idempotency keys, mixed with failures.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask

from ..support.programs import CHAT, Service, audited, new_service, priced
from ..support.provider import Provider
from ..support.server import Server

pytestmark = pytest.mark.xdist_group("services contention")  # one server for each database
PRICE, THREADS = 3000, 12  # thousandths of a credit; clients at once
NAMES = count()


@pytest.fixture(scope="module")
def environment(provider: Provider) -> dict[str, str]:
    return provider.settings


@pytest.fixture(scope="module")
def workers() -> int:
    return 3


@pytest.fixture
def service(running: tuple[Server, Flask], provider: Provider) -> Service:
    """A service with 200 credits: 66 calls and 2 credits over."""
    server, app = running
    priced(app, (CHAT, "call", PRICE, PRICE))
    provider.asked.clear()
    provider.done.clear()
    return new_service(app, server.url, f"service-{next(NAMES)}", 200)


def at_once(*works: Callable[[], None]) -> None:
    """All of them, begun together; the first failure is raised here."""
    barrier, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait(20)
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert not any(t.is_alive() for t in threads), "some call never ended"
    if failures:
        raise failures[0]


def draining(service: Service, key: str, told: list[str], name: str) -> Callable[[], None]:
    """Calls until it hears that there are no credits left. Each call leaves `name`, or the code of its 402, in `told`,
    because appending is one step for threads and counting is not."""
    def work() -> None:
        with service.program(key) as program:
            for number in range(500):
                answer = program.chat(f"say {name}-{threading.get_ident()}-{number}")
                if answer.status_code == 402:
                    assert answer.headers["x-should-retry"] == "false"
                    told.append(answer.json()["error"]["code"])
                    return
                assert answer.status_code in (200, 503), answer.text
                if answer.status_code == 200:
                    assert answer.headers["X-Credits-Charged"] == "3"
                    told.append(name)
        raise AssertionError("the pool never ends")
    return work


def test_many_clients_drain_one_pool(service: Service, provider: Provider) -> None:
    _, key = service.key()
    told: list[str] = []
    at_once(*[draining(service, key, told, "one")] * THREADS)
    granted = Counter(told)
    assert granted == {"one": service.start // PRICE, "insufficient_credits": THREADS}
    assert audited(service) == granted["one"] * PRICE == provider.done.total() * PRICE
    assert service.balance() == (service.start % PRICE, 0)


def test_many_keys_drain_one_pool(service: Service, provider: Provider) -> None:
    keys = [service.key() for _ in range(THREADS)]
    told: list[str] = []
    at_once(*[draining(service, key, told, key_id) for key_id, key in keys])
    granted = Counter(told)
    assert granted.pop("insufficient_credits") == THREADS
    assert granted.total() == service.start // PRICE == provider.done.total()
    assert {key_id: service.spent_of(key_id) for key_id, _ in keys} == {
        key_id: granted[key_id] * PRICE for key_id, _ in keys}
    assert audited(service) == granted.total() * PRICE


def test_a_key_with_a_cap_spends_no_more_and_leaves_the_rest_to_others(service: Service) -> None:
    (capped_id, capped), (_, free) = service.key(spend_cap=20 * PRICE + 1), service.key()
    told: list[str] = []
    at_once(*[draining(service, capped, told, "capped")] * THREADS)
    assert Counter(told) == {"capped": 20, "key_limit": THREADS} and service.spent_of(capped_id) == 20 * PRICE
    at_once(*[draining(service, free, told, "free")] * (THREADS // 2),
            *[draining(service, capped, told, "capped")] * (THREADS // 2))
    granted = Counter(told)
    assert granted["capped"] == 20 and granted["free"] == service.start // PRICE - 20
    assert audited(service) == (granted["capped"] + granted["free"]) * PRICE


def test_retries_with_an_idempotency_key_are_one_call(service: Service, provider: Provider) -> None:
    _, key = service.key()
    names = [f"retry-{number}" for number in range(20)]
    provider.first_fails = set(names[::3])
    paid: list[str] = []
    told: list[int] = []

    def ask() -> None:
        with service.program(key) as program:
            for name in names:
                for _ in range(200):
                    answer = program.chat(f"say {name}", headers={"Idempotency-Key": name})
                    told.append(answer.status_code)
                    if answer.status_code == 200 and "Idempotent-Replayed" not in answer.headers:
                        paid.append(name)
                    code = answer.json()["error"]["code"] if answer.status_code != 200 else ""
                    if answer.status_code == 200 or code == "already_completed":
                        break
                    assert code in ("in_progress", "upstream_failed", "ledger_unavailable"), answer.text
                else:
                    raise AssertionError(f"{name} is never over")

    at_once(*[ask] * 8)
    assert sorted(paid) == sorted(names), "one answer for each key"
    assert provider.done == dict.fromkeys(names, 1), "one call for each key"
    assert {provider.asked[name] for name in names[::3]} == {2} and {provider.asked[n] for n in names[1::3]} == {1}
    assert audited(service) == len(names) * PRICE
    assert len(told) >= 8 * len(names) and set(told) <= {200, 409, 502, 503}
