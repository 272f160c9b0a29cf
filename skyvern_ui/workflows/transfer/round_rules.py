"""Writing all workflows into the export folder: every night, and when somebody asks for it.

One worker does it, whoever holds the lease. A file is only written when it says something else than before, and only
removed when Skyvern says that its workflow is gone.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import delete, select, update

from ...database import writing
from ...extensions import db
from ...models import AuditLog, ExportRound, User
from ...models.columns import now
from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing, SkyvernError
from . import git
from .files import NAME, content, file_name, wpid_in

PAGE, PAGES = 50, 200
RETRY, KEPT_FOR = timedelta(hours=1), timedelta(days=90)
SAVES = ("workflow.create", "workflow.update", "workflow.delete", "workflow.create_from_prompt")
STATUSES = [("status", word) for word in ("published", "draft", "auto_generated")]
Convert = Callable[[dict[str, Any]], bytes]


class NotExported(Exception):
    """The folder stays as it is; `str()` is the sentence."""


@dataclass(frozen=True, slots=True)
class Where:
    """The operator's settings of it. `hour` is in UTC."""

    folder: Path
    hour: int
    is_git: bool
    pushes: bool


@dataclass(frozen=True, slots=True)
class Written:
    """How many workflows there are, and the names of the files that changed or went."""

    count: int
    changed: list[str]
    removed: list[str]


def due(where: Where, moment: datetime) -> bool:
    """Whether a nightly one is to be made now: none was begun since the hour struck, or the last failed an hour ago."""
    struck = moment.replace(hour=where.hour, minute=0, second=0, microsecond=0)
    struck = struck if struck <= moment else struck - timedelta(days=1)
    last = db.session.execute(select(ExportRound.asked_at, ExportRound.state).where(
        ExportRound.asked_by.is_(None)).order_by(ExportRound.asked_at.desc()).limit(1)).first()
    db.session.remove()
    if last is None or last.asked_at < struck:
        return True
    return bool(last.state == "failed" and last.asked_at < moment - RETRY)


def ask(name: str) -> bool:
    """Notes that somebody wants one now. False when one waits or goes on already."""
    with writing() as session:
        waits = session.scalar(select(ExportRound.id).where(ExportRound.state.in_(("asked", "running"))).limit(1))
        if waits is None:
            session.add(ExportRound(state="asked", asked_by=name))
    db.session.remove()
    return waits is None


def next_round(where: Where) -> str | None:
    """Begins what was asked for, or the nightly one when it is due, and returns its id. Only for whoever holds the
    lease: what another left running has ended with it."""
    moment = now()
    with writing() as session:
        session.execute(delete(ExportRound).where(ExportRound.asked_at < moment - KEPT_FOR))
        session.execute(update(ExportRound).where(ExportRound.state == "running").values(
            state="failed", finished_at=moment, problem="The server was stopped while it was writing."))
        asked = session.scalar(select(ExportRound).where(ExportRound.state == "asked").order_by(
            ExportRound.asked_at).limit(1))
        if asked is not None:
            asked.state = "running"
        round_id = asked.id if asked is not None else None
    db.session.remove()
    if round_id is None and due(where, moment):
        with writing() as session:
            begun = ExportRound(state="running", asked_by=None, asked_at=moment)
            session.add(begun)
            session.flush()
            round_id = begun.id
        db.session.remove()
    return round_id


def carry_out(round_id: str, where: Where, skyvern: Callable[[], Skyvern], convert: Convert = content) -> None:
    """Writes, commits and pushes, and notes what became of it. Raises nothing of Skyvern, of git or of the disk."""
    told: dict[str, Any] = {"state": "done"}
    try:
        since = _last_done(round_id)
        written = write_all(skyvern(), where.folder, convert)
        told |= {"workflows": written.count, "changed": len(written.changed) + len(written.removed)}
        if where.is_git or git.is_repository(where.folder):
            if not git.is_repository(where.folder):
                git.begin(where.folder)
            told["revision"] = git.commit(where.folder, message_of(written), author_since(since))
            if where.pushes:
                told["pushed"] = "failed"
                git.push(where.folder)
                told["pushed"] = "done"
    except (SkyvernError, NotExported, git.GitFailed) as error:
        told |= {"state": "failed", "problem": str(error)}
    except OSError as error:
        told |= {"state": "failed", "problem": f"The export folder cannot be written: {os.strerror(error.errno or 5)}."}
    with writing() as session:
        session.execute(update(ExportRound).where(ExportRound.id == round_id).values(finished_at=now(), **told))
    db.session.remove()


def write_all(skyvern: Skyvern, folder: Path, convert: Convert = content) -> Written:
    """All workflows as files in the folder; other files stay untouched. Raises the errors of Skyvern, NotExported and
    OSError; what was written until then stays."""
    if skyvern.connection.is_sandbox:
        raise NotExported("This is the sandbox: nothing is exported.")
    _refuse_links(folder)
    names: set[str] = set()
    changed: list[str] = []
    for read in _every_workflow(skyvern):
        name = file_name(read)
        names.add(name)
        if _replace(folder / name, convert(read)):
            changed.append(name)
    there = {path.name for path in folder.iterdir() if NAME.fullmatch(path.name) and path.suffix == ".yaml"}
    if not names and there:
        raise NotExported("Skyvern lists no workflow at all, so the files in the folder were left alone.")
    kept = {wpid_in(name) for name in names}
    removed = [name for name in sorted(there - names)
               if wpid_in(name) in kept or _is_gone(skyvern, str(wpid_in(name)))]
    for name in removed:
        (folder / name).unlink(missing_ok=True)
    return Written(len(names), changed, removed)


def message_of(written: Written) -> str:
    """The message of a commit: how many changed, and which."""
    names = [*written.changed, *(f"{name} (removed)" for name in written.removed)]
    count = f"{len(names)} workflow{'' if len(names) == 1 else 's'}"
    return f"Export {count}\n\n" + "\n".join(names[:100]) + (f"\nand {len(names) - 100} more" if names[100:] else "")


def author_since(since: datetime | None) -> tuple[str, str] | None:
    """The one person who saved workflows here since then; None when nobody or several did."""
    asked = select(AuditLog.user_id).where(
        AuditLog.action.in_(SAVES), AuditLog.outcome == "done", AuditLog.actor_kind == "person").distinct().limit(2)
    ids = db.session.scalars(asked if since is None else asked.where(AuditLog.created_at >= since)).all()
    one = select(User.name, User.email).where(User.id == ids[0]) if len(ids) == 1 else None
    found = db.session.execute(one).first() if one is not None else None
    db.session.remove()
    return (found.name, found.email) if found else None


def history(count: int = 10) -> list[ExportRound]:
    """The newest first."""
    rows = list(db.session.scalars(select(ExportRound).order_by(ExportRound.asked_at.desc()).limit(count)))
    db.session.expunge_all()
    db.session.remove()
    return rows


def files_in(folder: Path) -> list[tuple[str, int, datetime]]:
    """The files of ours in the folder: name, size in bytes, when it was written (UTC). Raises OSError."""
    found = [path for path in folder.iterdir() if NAME.fullmatch(path.name) and path.is_file()
             and not path.is_symlink()]
    return sorted((path.name, path.stat().st_size, _written(path)) for path in found)


def open_own(path: Path) -> BinaryIO:
    """A file of the folder itself, to read; what is a link raises OSError."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _every_workflow(skyvern: Skyvern) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for page in range(1, PAGES + 1):
        rows = skyvern.list_whole_workflows([("page", str(page)), ("page_size", str(PAGE)), *STATUSES])
        for row in rows:
            if (wpid := str(row.get("workflow_permanent_id") or "")) and wpid not in seen and wpid_in(file_name(row)):
                seen.add(wpid)
                yield row
        if len(rows) < PAGE:
            return
    raise NotExported(f"There are more than {PAGE * PAGES:,} workflows, and so many are not exported.")


def _is_gone(skyvern: Skyvern, wpid: str) -> bool:
    """A list may skip one while others are saved: Skyvern is asked before a file goes."""
    try:
        skyvern.get_workflow(wpid)
    except Missing:
        return True
    return False


def _replace(path: Path, data: bytes) -> bool:
    """Writes the file whole or not at all; False when it says that already."""
    if path.is_dir():
        raise NotExported(f"{path.name} in the export folder is a folder, so its workflow cannot be written there.")
    with contextlib.suppress(FileNotFoundError), open_own(path) as held:
        if held.read() == data:
            return False
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    with beside.open("xb") as made:
        made.write(data)
    os.replace(beside, path)
    return True


def _refuse_links(folder: Path) -> None:
    """What leads out of the folder is not ours to write through, nor to take away."""
    for path in folder.iterdir():
        if path.is_symlink() and (path.name == ".git" or NAME.fullmatch(path.name)):
            raise NotExported(f"{path.name} in the export folder is a link to somewhere else, and nothing is written "
                              "through it. Take it away, then export again.")


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _last_done(round_id: str) -> datetime | None:
    found = db.session.scalar(select(ExportRound.asked_at).where(
        ExportRound.state == "done", ExportRound.id != round_id).order_by(ExportRound.asked_at.desc()).limit(1))
    db.session.remove()
    return found
