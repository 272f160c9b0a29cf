"""Keys of services: shown once, kept as digests, ended for the very next call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.models.columns import now
from skyvern_ui.models.organization import Organization, OrganizationCredits
from skyvern_ui.models.service_key import ServiceKey, ServiceKeySecret
from skyvern_ui.services.credits.budget_rules import Limits
from skyvern_ui.services.keys.format import is_mistyped, new_key
from skyvern_ui.services.keys.listing_rules import find_key, list_keys
from skyvern_ui.services.keys.rules import (
    KeyRefused,
    Rights,
    Unusable,
    create_key,
    end_old_secret,
    recognise,
    revoke_key,
    rotate_key,
    touch,
    update_key,
)


@pytest.fixture
def org(empty_app: Flask) -> Iterator[str]:
    with empty_app.app_context():
        with writing() as session:
            session.add(Organization(id="svc", name="bolt-diy-service", limits={}))
            session.flush()
            session.add(OrganizationCredits(org_id="svc"))
        yield "svc"
        db.session.remove()


def refusal(key: str | None) -> str:
    db.session.remove()
    with pytest.raises(KeyRefused) as error:
        recognise(key)
    return error.value.code


def test_a_key_is_recognised_and_kept_nowhere(org: str) -> None:
    key_id, key = create_key(org, "production", Rights(("llm:*",), ("gpt-4o",), (), 60, 4), CLI)
    caller = recognise(key)
    assert (caller.org_name, caller.key_id, caller.rights.scopes, caller.rights.per_minute) == (
        "bolt-diy-service", key_id, ("llm:*",), 60)
    for table in ("service_key", "service_key_secret", "audit_log"):
        assert key[20:40] not in str(db.session.execute(text(f"SELECT * FROM {table}")).all())
    secret = db.session.scalars(select(ServiceKeySecret)).one()
    assert (secret.prefix, secret.last4) == (key[:18], key[-4:])


@pytest.mark.parametrize("place", range(10, 57))
def test_a_mistyped_key_is_known_without_the_database(place: int) -> None:
    key = new_key("AbCd1234")
    wrong = key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1:]
    assert not is_mistyped(key) and is_mistyped(wrong)


@pytest.mark.parametrize("key", [None, ""])
def test_no_key_is_a_missing_one(org: str, key: str | None) -> None:
    assert refusal(key) == "missing"


def test_a_stranger_s_key_is_unknown(org: str) -> None:
    assert refusal("sk-presenton-service-key-2025") == "unknown"
    assert refusal(new_key("AbCd1234")) == "unknown"
    assert refusal("skui_live_x") == "mistyped"
    assert refusal("x" * 1000) == "mistyped"


def test_an_imported_key_works_as_it_is(org: str) -> None:
    create_key(org, "old", Rights(("llm:*",)), CLI, imported="sk-presenton-service-key-2025")
    assert recognise("sk-presenton-service-key-2025").key_name == "old"
    assert refusal("sk-presenton-service-key-2026") == "unknown"
    with pytest.raises(Unusable, match="in use"):
        create_key(org, "twice", Rights(), CLI, imported="sk-presenton-service-key-2025")


@pytest.mark.parametrize("key", ["short", "with space in the middle", "skui_live_AbCd1234_wrong", "ä" * 20, "x" * 600])
def test_what_cannot_be_a_key_is_not_imported(org: str, key: str) -> None:
    with pytest.raises(Unusable):
        create_key(org, "bad", Rights(), CLI, imported=key)


def test_a_revoked_key_opens_nothing_any_more(org: str) -> None:
    key_id, key = create_key(org, "k", Rights(), CLI)
    assert revoke_key(key_id, CLI) and not revoke_key(key_id, CLI)
    assert refusal(key) == "revoked"


def test_rotating_keeps_both_for_a_while_and_never_three(org: str) -> None:
    key_id, old = create_key(org, "k", Rights(), CLI)
    new = rotate_key(key_id, timedelta(days=1), CLI)
    assert recognise(old).key_id == recognise(new).key_id == key_id
    with pytest.raises(Unusable, match="Two secrets"):
        rotate_key(key_id, timedelta(days=1), CLI)
    with writing() as session:
        session.execute(update(ServiceKeySecret).where(ServiceKeySecret.revoke_at.is_not(None)).values(revoke_at=now()))
    assert refusal(old) == "revoked" and recognise(new).key_id == key_id


def test_the_old_secret_may_end_before_its_overlap(org: str) -> None:
    key_id, old = create_key(org, "k", Rights(), CLI)
    assert not end_old_secret(key_id, CLI)
    new = rotate_key(key_id, timedelta(days=7), CLI)
    assert end_old_secret(key_id, CLI) and not end_old_secret(key_id, CLI)
    assert refusal(old) == "revoked" and recognise(new).key_id == key_id
    assert rotate_key(key_id, timedelta(days=1), CLI), "a third, now that the first is over"


def test_other_rights_hold_for_the_next_call_and_are_audited(org: str) -> None:
    key_id, key = create_key(org, "k", Rights(("llm:*",), spend_cap=5), CLI)
    end = now() + timedelta(days=9)
    rights = Rights(("llm:chat",), ("gpt-4o",), ("10.0.0.1", "2001:db8::/32"), 9, 2, None, end, Limits(calls_day=3))
    assert update_key(key_id, " production  key ", rights, CLI)
    who = recognise(key)
    assert who.key_name == "production key" and who.rights.addresses == ("10.0.0.1/32", "2001:db8::/32")
    assert (who.rights.scopes, who.rights.spend_cap, who.rights.limits) == (("llm:chat",), None, Limits(calls_day=3))
    assert not update_key(key_id, "production key", rights, CLI)
    row = db.session.scalar(select(AuditLog).where(AuditLog.action == "service_key.update"))
    assert row is not None and row.details["before"]["spend_cap"] == 5 and row.details["after"]["at_once"] == 2
    revoke_key(key_id, CLI)
    with pytest.raises(Unusable):
        update_key(key_id, "k", rights, CLI)


@pytest.mark.parametrize(("field", "rights"), [
    ("scopes", Rights(("llm:all",))), ("models", Rights(models=("x" * 201,))), ("models", Rights(models=("a\nb",))),
    ("addresses", Rights(addresses=("10.0.0.0/33",))), ("addresses", Rights(addresses=("10.0.0.1",) * 101)),
    ("per_minute", Rights(per_minute=0)), ("at_once", Rights(at_once=1001)), ("spend_cap", Rights(spend_cap=-1)),
    ("expires_at", Rights(expires_at=datetime(2020, 1, 1))), ("calls_day", Rights(limits=Limits(calls_day=-1)))])
def test_rights_that_make_no_sense_are_refused_by_field(org: str, field: str, rights: Rights) -> None:
    with pytest.raises(Unusable, match=r"\.$") as error:
        create_key(org, "k", rights, CLI)
    assert error.value.field == field


def test_what_may_be_shown_of_a_key_is_not_the_key(org: str) -> None:
    key_id, old = create_key(org, "first", Rights(("llm:*",)), CLI)
    touch(recognise(old))
    new = rotate_key(key_id, timedelta(days=1), CLI)
    create_key(org, "second", Rights(), CLI)
    face = find_key(org, key_id)
    assert face is not None and (face.secrets, face.state, len(face.faces)) == (2, "active", 2)
    assert face.last_used_at is not None and face.faces[0].last_used_at is None
    assert old[20:50] not in repr(face) and new[20:50] not in repr(face)
    revoke_key(key_id, CLI)
    db.session.remove()
    assert {each.name: (each.state, each.secrets) for each in list_keys(org)} == {
        "first": ("ended", 0), "second": ("active", 1)}
    assert find_key("another", key_id) is None


def test_without_overlap_the_old_secret_ends_at_once(org: str) -> None:
    key_id, old = create_key(org, "k", Rights(), CLI)
    new = rotate_key(key_id, timedelta(0), CLI)
    assert refusal(old) == "revoked" and recognise(new)


def test_an_expired_key_and_a_suspended_service_are_told_apart(org: str) -> None:
    _, key = create_key(org, "k", Rights(expires_at=now() + timedelta(hours=1)), CLI)
    assert recognise(key)
    with writing() as session:
        session.execute(update(ServiceKey).values(expires_at=now()))
    assert refusal(key) == "expired"
    with writing() as session:
        session.execute(update(ServiceKey).values(expires_at=None))
        session.execute(update(Organization).values(status="suspended"))
    assert refusal(key) == "suspended"
