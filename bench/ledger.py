"""Growth of the books: a charged call, a balance and a month's usage with 1,000 movements behind them and with a
million."""

from __future__ import annotations

import statistics
from pathlib import Path

from sqlalchemy import text

from skyvern_ui import create_app
from skyvern_ui.extensions import db
from tests.support.databases import settings_for
from tests.support.programs import CHAT

from .program import BODY, PRICE, Door, ratio
from .result import Result

FEW, MANY = 1_000, 1_000_000
ROUNDS, SECONDS = 7, 0.6
MOST_GROWTH = 1.25
CREDITS_PATH, KEPT_MINUTES = "/api/v1/credits", 30 * 24 * 60

COUNTING = {
    "sqlite": ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)",
               "datetime('now', '-' || (i % :minutes) || ' minutes')"),
    "postgresql": ("WITH n(i) AS (SELECT generate_series(1, :count))",
                   "(now() at time zone 'utc') - (i % :minutes) * interval '1 minute'"),
}
CHARGES = """INSERT INTO charge (id, org_id, endpoint, model, byok, hold, actual, overrun, state, outcome, lease_until,
    details, created_at, finished_at) {counting} SELECT 'old' || i, :org, :endpoint, 'm', false, :price, :price, 0,
    'settled', 'done', {when}, '{{}}', {when}, {when} FROM n"""
MOVEMENTS = """INSERT INTO ledger (org_id, charge_id, kind, d_available, d_held, available_after, held_after,
    actor_name, created_at) {counting} SELECT :org, 'old' || i, :kind, :d_available, :d_held, 0, :held_after,
    'service', {when} FROM n"""


def fill(database_url: str, folder: Path, org_id: str, movements: int) -> None:
    """As if this service had made half as many calls in the last thirty days: a hold and a settlement each."""
    app = create_app(settings_for(database_url, folder))
    with app.app_context(), db.engine.begin() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        counting, when = COUNTING[db.engine.dialect.name]
        given = {"count": movements // 2, "minutes": KEPT_MINUTES, "org": org_id}
        parts = {"counting": counting, "when": when}
        connection.execute(text(CHARGES.format(**parts)), given | {"endpoint": CHAT, "price": PRICE})
        for kind, d_available, d_held in (("hold", -PRICE, PRICE), ("settle", 0, -PRICE)):
            connection.execute(text(MOVEMENTS.format(**parts)), given | {
                "kind": kind, "d_available": d_available, "d_held": d_held, "held_after": max(0, d_held)})
        taken = {"taken": movements // 2 * PRICE, "org": org_id}
        connection.execute(text("UPDATE organization_credits SET credit_balance = credit_balance - :taken,"
                                " known_balance = known_balance - :taken WHERE org_id = :org"), taken)
        connection.execute(text("ANALYZE"))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["reader"].close()


def measure_ledger(houses: dict[str, tuple[tuple[int, str], tuple[int, str]]]) -> list[Result]:
    """`houses`: by name of the database, port and key of the one with few movements and of the one with many."""
    results = []
    for name, (few, many) in houses.items():
        for what, path, body in (("A charged call", CHAT, BODY), ("The balance", CREDITS_PATH, "")):
            rounds = [_round(Door(few[0], path, few[1], body), Door(many[0], path, many[1], body))
                      for _ in range(ROUNDS + 1)][1:]
            grown = ratio(rounds, "many", "few")
            medians = " to ".join(f"{statistics.median(each[key] for each in rounds):.2f}" for key in ("few", "many"))
            results.append(Result(f"{what}, {MANY:,} movements against {FEW:,}, {name}",
                                  f"{grown:.2f} times ({medians} ms)", f"≤ {MOST_GROWTH}", grown <= MOST_GROWTH))
    return results


def _round(few: Door, many: Door) -> dict[str, float]:
    return {"few": few.told(1, SECONDS)["median_ms"], "many": many.told(1, SECONDS)["median_ms"]}
