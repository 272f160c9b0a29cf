"""Find or 404, bound to the person. Nothing of Skyvern or of our own is loaded for a route but through here."""

from __future__ import annotations

import re
from typing import Any, cast

from flask import abort, current_app
from sqlalchemy import select

from .extensions import db
from .models import Claim, User
from .models.organization import Organization
from .models.reader import Reader, SignedIn, Unavailable
from .request import me
from .settings.rules import Connections
from .skyvern.client import Skyvern
from .skyvern.connection import Connection
from .skyvern.errors import Failed, Missing, NoConnection, Rejected, SkyvernError
from .skyvern.values import Run, run_kind

WPID = re.compile(r"wpid_[A-Za-z0-9_-]{1,60}")


def connections() -> Connections:
    return cast(Connections, current_app.extensions["connections"])


def connection() -> Connection:
    """The connection to Skyvern. Raises NoConnection."""
    person = me()
    return connections().current(person.settings_version if person else 0)


def latest_connection() -> Connection:
    """The connection as it is this moment, for what outlives its request. Raises NoConnection and Unavailable."""
    reader = cast(Reader, current_app.extensions["reader"])
    return connections().current(reader.scalar("SELECT max(version) FROM organization_settings") or 0)


def latest_preferences() -> dict[str, Any]:
    """The house rules as they are this moment, for a request without a person. Raises Unavailable."""
    reader = cast(Reader, current_app.extensions["reader"])
    return connections().preferences(reader.scalar("SELECT max(version) FROM organization_settings") or 0)


def skyvern() -> Skyvern:
    """Skyvern, through the current connection. Raises NoConnection."""
    return Skyvern(connection())


def skyvern_now() -> Skyvern | None:
    """Skyvern for work outside any request, with no connection to our database held; None while none is connected or
    our database does not answer."""
    try:
        return Skyvern(latest_connection())
    except (NoConnection, Unavailable):
        return None
    finally:
        db.session.remove()


def preferences() -> dict[str, Any]:
    person = me()
    return connections().preferences(person.settings_version if person else 0)


def may_see_run(person: SignedIn, run_id: str) -> bool:
    """Everybody sees every run, unless runs are private: then their owner and admins do."""
    if person.is_admin or not preferences()["private_runs"]:
        return True
    owner = db.session.scalar(select(Claim.actor_id).where(Claim.upstream_id == run_id))
    db.session.remove()
    return owner == person.id


def run_id_or_404(person: SignedIn, run_id: str) -> str:
    """The id, when it is of a run this person may see; a malformed or foreign one is 404 and asks nobody."""
    if run_kind(run_id) is None or not may_see_run(person, run_id):
        abort(404, "There is no such run, or it is not yours to see.")
    return run_id


def find_run(person: SignedIn, run_id: str) -> Run:
    """The run, or 404 alike for unknown, malformed and foreign ids. Other errors of Skyvern pass.

    What `/v1/runs` will not show is asked for by its older name: sub-runs, tasks inside blocks, paused runs of old."""
    upstream, wanted = skyvern(), run_id_or_404(person, run_id)
    try:
        return upstream.get_run(wanted)
    except (Missing, Failed, Rejected) as error:
        try:
            if run_kind(wanted) != "task_v2":
                return upstream.get_hidden_run(wanted)
        except SkyvernError:
            pass
        if isinstance(error, Missing):
            abort(404, "There is no such run, or it is not yours to see.")
        raise


def own_run_ids(person: SignedIn) -> set[str]:
    """The runs this person started here."""
    ids = set(db.session.scalars(select(Claim.upstream_id).where(Claim.actor_id == person.id)))
    db.session.remove()
    return ids


def only_these_runs(person: SignedIn) -> set[str] | None:
    """The runs this person is limited to, or None when they may see everybody's."""
    return None if person.is_admin or not preferences()["private_runs"] else own_run_ids(person)


def claims_of(run_ids: list[str]) -> dict[str, str]:
    """Who started each of these runs, by name, where we know it."""
    rows = db.session.execute(select(Claim.upstream_id, Claim.actor_name).where(Claim.upstream_id.in_(run_ids)))
    found = {row.upstream_id: row.actor_name for row in rows}
    db.session.remove()
    return found


def wpid_or_404(wpid: str) -> str:
    """The id, when it has the shape of a workflow's; anything else is 404 and asks nobody."""
    return wpid if WPID.fullmatch(wpid) else abort(404, "There is no such workflow.")


def find_workflow(wpid: str, version: int | None = None) -> dict[str, Any]:
    """The workflow as Skyvern reads it out, newest or of one version, or 404. Everybody who is signed in sees every
    workflow. Other errors of Skyvern pass."""
    try:
        return skyvern().get_workflow(wpid_or_404(wpid), version)
    except Missing:
        abort(404, "There is no such workflow, or it was deleted.")


def find_user(user_id: str) -> User:
    """The person with this id, or 404. For admins."""
    return db.session.get(User, user_id) or abort(404, "There is no such person.")


def find_organization(org_id: str) -> Organization:
    """The service with this id, or 404. For admins."""
    found = db.session.get(Organization, org_id, populate_existing=True)
    return found if found is not None and found.is_service_account else abort(404, "There is no such service.")
