"""A change of a pool's level is told once, whoever notices first and however many calls crossed the line together.

The level itself changes in the transaction of the call that crosses it; nothing is sent there. Each pool remembers the
level that people were last told: the conditional change of that is what makes it once, and the notices are written with
it, so that neither exists without the other. What went up and down again in between is not worth a letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select, update

from ...database import writing
from ...extensions import db
from ...models.columns import new_id
from ...models.organization import Organization, OrganizationCredits
from ...notices.rules import CREDITS, OF_CREDITS, tell, watches_of_credits
from ..credits.pool_rules import LEVELS

log = structlog.get_logger("credits")


@dataclass(frozen=True, slots=True)
class Low:
    """A service that may call and is low on credits. `since` is naive UTC."""

    org_id: str
    name: str
    level: str
    since: datetime


def announce_changes() -> int:
    """Tells who wants to hear it of every level that changed. How many changes there were."""
    changed = db.session.execute(
        select(Organization.name, OrganizationCredits).join(
            OrganizationCredits, OrganizationCredits.org_id == Organization.id)
        .where(OrganizationCredits.level != OrganizationCredits.announced_level)).all()
    told = [_content(name, pool) for name, pool in changed]
    db.session.remove()
    return sum(_announce(content) for content in told)


def low_services() -> list[Low]:
    """The worst first. A service that never had more than it began with is low by intent, and not among them."""
    rows = db.session.execute(
        select(Organization.id, Organization.name, OrganizationCredits.level, OrganizationCredits.level_since).join(
            OrganizationCredits, OrganizationCredits.org_id == Organization.id)
        .where(OrganizationCredits.level != "ok", Organization.is_service_account, Organization.status == "active",
               OrganizationCredits.level_since > Organization.created_at)).all()
    return sorted((Low(*row) for row in rows), key=lambda low: (-LEVELS.index(low.level), low.name))


def _announce(content: dict[str, Any]) -> bool:
    pool = OrganizationCredits
    with writing() as session:
        mine = session.execute(update(pool).where(
            pool.org_id == content["service_id"], pool.level == content["status"],
            pool.announced_level == content["was"],
        ).values(announced_level=content["status"]).returning(pool.org_id)).first()
        if mine is None:
            return False
        tell(watches_of_credits(), OF_CREDITS + content["service_id"], new_id(), content, False)
    log.warning("credits are at another level", service=content["service"], level=content["status"],
                was=content["was"])
    return True


def _content(name: str, pool: OrganizationCredits) -> dict[str, Any]:
    refill = pool.next_refill_at if pool.refill_mode != "none" else None
    return {"kind": CREDITS, "service": name, "service_id": pool.org_id, "status": pool.level,
            "was": pool.announced_level, "available": pool.credit_balance, "held": pool.held,
            "warn_at": pool.warn_at, "critical_at": pool.critical_at, "since": pool.level_since.isoformat(),
            "refill_at": refill.isoformat() if refill else None}
