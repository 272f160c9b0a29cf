"""What we remember of trying: each person's browser for a workflow, and which runs were tries of which blocks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from ...audit import Actor, record
from ...database import changed, writing
from ...extensions import db
from ...models import Trial, TrialBrowser

MOST_KEPT = 40


def browser_of(user_id: str, wpid: str) -> str | None:
    """Skyvern's id of the session in which this person tries this workflow. Holds no connection afterwards."""
    try:
        return db.session.scalar(select(TrialBrowser.session_id).where(
            TrialBrowser.user_id == user_id, TrialBrowser.wpid == wpid))
    finally:
        db.session.remove()


def keep_browser(user_id: str, wpid: str, session_id: str | None) -> None:
    """From now on they try in this session, or with None in none."""
    with writing() as session:
        session.execute(delete(TrialBrowser).where(TrialBrowser.user_id == user_id, TrialBrowser.wpid == wpid))
        if session_id is not None:
            session.add(TrialBrowser(user_id=user_id, wpid=wpid, session_id=session_id))
    db.session.remove()


def trials_of(user_id: str, wpid: str) -> Sequence[Trial]:
    """What this person tried of it, the newest first. Holds no connection afterwards."""
    try:
        found = db.session.scalars(select(Trial).where(Trial.user_id == user_id, Trial.wpid == wpid)
                                   .order_by(Trial.started_at.desc(), Trial.run_id.desc()).limit(MOST_KEPT)).all()
        db.session.expunge_all()
        return found
    finally:
        db.session.remove()


def keep_trial(user_id: str, wpid: str, run_id: str, label: str, onwards: Sequence[str], version: int | None) -> None:
    """Notes a try, and which blocks come after it; of older ones forty are kept."""
    with writing() as session:
        session.add(Trial(run_id=run_id, user_id=user_id, wpid=wpid, label=label, onwards=list(onwards),
                          is_followed=False, version=version))
        session.flush()
        old = session.scalars(select(Trial.run_id).where(Trial.user_id == user_id, Trial.wpid == wpid)
                              .order_by(Trial.started_at.desc(), Trial.run_id.desc()).offset(MOST_KEPT)).all()
        if old:
            session.execute(delete(Trial).where(Trial.run_id.in_(old)))
    db.session.remove()


def end_trial(run_id: str, status: str) -> None:
    """Notes how a try ended; the first word stands."""
    with writing() as session:
        session.execute(update(Trial).where(Trial.run_id == run_id, Trial.status.is_(None)).values(status=status))
    db.session.remove()


def follow(run_id: str) -> bool:
    """Takes on the blocks that come after this try. True once: whoever asks again, in another window, is too late."""
    with writing() as session:
        taken = changed(session.execute(update(Trial).where(Trial.run_id == run_id, Trial.is_followed.is_(False))
                                        .values(is_followed=True)))
    db.session.remove()
    return taken == 1


def forget_trials(actor: Actor, wpid: str) -> None:
    """Later blocks begin without what was tried before. The runs themselves stay."""
    with writing() as session:
        session.execute(delete(Trial).where(Trial.user_id == actor.id, Trial.wpid == wpid))
        record(actor, "trial.forget", "workflow", wpid)
    db.session.remove()


def newest_by_label(trials: Sequence[Trial]) -> dict[str, str]:
    """The run that last brought each block to an end, by label; tries that go on still are none of it."""
    found: dict[str, str] = {}
    for trial in trials:
        if trial.status not in (None, "canceled"):
            found.setdefault(trial.label, trial.run_id)
    return found
