"""The nightly export: into a folder and a git repository, as files that import back, written only when they changed."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui import lease
from skyvern_ui.access import latest_connection
from skyvern_ui.config import BadSetting, Settings
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import ExportRound
from skyvern_ui.models.columns import now
from skyvern_ui.skyvern.client import Skyvern
from skyvern_ui.workflows.transfer import git, round_rules
from skyvern_ui.workflows.transfer.nightly import Nightly
from skyvern_ui.workflows.transfer.round_rules import Where, due

from ...sandbox_server import Sandbox
from ...support.people import Browser
from ..library.shelf import put, recorded


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def app_settings(shelf: Path) -> dict[str, str]:
    return {"EXPORT_DIR": str(shelf), "EXPORT_HOUR": "3"}


def export(app: Flask, folder: Path, *, is_git: bool = False, pushes: bool = False) -> ExportRound:
    """One round, asked for by Ada; what is noted of it."""
    where = Where(folder, 3, is_git, pushes)
    with app.app_context():
        assert round_rules.ask("Ada")
        round_id = round_rules.next_round(where)
        assert round_id
        round_rules.carry_out(round_id, where, lambda: Skyvern(latest_connection()))
        return next(each for each in round_rules.history() if each.id == round_id)


def log(folder: Path) -> list[str]:
    done = subprocess.run(["git", "log", "--format=%an|%s"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".git")


def test_all_are_written_and_only_what_changed_is_written_again(connected: Flask, sandbox: Sandbox,
                                                                shelf: Path) -> None:
    one, two = put(sandbox, "Order a lamp"), put(sandbox, "Read invoices")
    (shelf / "README.md").write_text("mine")
    done = export(connected, shelf)
    assert (done.state, done.workflows, done.changed, done.revision) == ("done", 2, 2, None)
    assert names(shelf) == ["README.md", f"order-a-lamp-{one}.yaml", f"read-invoices-{two}.yaml"]
    before = os.stat(shelf / f"order-a-lamp-{one}.yaml").st_mtime_ns
    sandbox.call("POST", f"/v1/workflows/{two}/delete")
    again = export(connected, shelf)
    assert (again.workflows, again.changed) == (1, 1)
    assert names(shelf) == ["README.md", f"order-a-lamp-{one}.yaml"]
    assert os.stat(shelf / f"order-a-lamp-{one}.yaml").st_mtime_ns == before


def test_each_night_that_changed_something_is_one_commit(connected: Flask, ben: Browser, cleo: Browser,
                                                         sandbox: Sandbox, shelf: Path) -> None:
    wpid = put(sandbox, "Order")
    (shelf / "notes.txt").write_text("mine")
    first = export(connected, shelf, is_git=True)
    assert first.state == "done" and first.revision and log(shelf) == ["Skyvern UI|Export 1 workflow"]
    assert export(connected, shelf, is_git=True).revision is None and len(log(shelf)) == 1
    ben.post(f"/workflows/{wpid}/copies")
    export(connected, shelf)  # it is a repository now, whatever the setting
    assert log(shelf)[0] == "Ben|Export 1 workflow"
    for each in (ben, cleo):
        each.post(f"/workflows/{wpid}/copies")
    export(connected, shelf)
    assert log(shelf)[0] == "Skyvern UI|Export 2 workflows"
    tracked = subprocess.run(["git", "ls-files"], cwd=shelf, capture_output=True, text=True, check=True).stdout
    assert "notes.txt" not in tracked and f"order-{wpid}.yaml" in tracked


def test_a_push_goes_to_origin_and_its_failure_is_told(connected: Flask, sandbox: Sandbox, shelf: Path,
                                                       tmp_path: Path) -> None:
    put(sandbox, "Order")
    subprocess.run(["git", "init", "--bare", "--quiet", str(tmp_path / "far.git")], check=True)
    git.begin(shelf)
    failed = export(connected, shelf, pushes=True)
    assert (failed.state, failed.pushed) == ("failed", "failed")
    assert failed.revision and "origin" in (failed.problem or "")
    subprocess.run(["git", "remote", "add", "origin", str(tmp_path / "far.git")], cwd=shelf, check=True)
    done = export(connected, shelf, pushes=True)
    assert (done.state, done.pushed) == ("done", "done")
    assert log(tmp_path / "far.git") == ["Skyvern UI|Export 1 workflow"]


def test_hooks_and_questions_of_a_repository_are_not_run(connected: Flask, sandbox: Sandbox, shelf: Path) -> None:
    put(sandbox, "Order")
    git.begin(shelf)
    hook = shelf / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert export(connected, shelf).state == "done"


def test_nothing_is_removed_when_skyvern_lists_nothing_or_breaks(connected: Flask, sandbox: Sandbox,
                                                                 shelf: Path) -> None:
    put(sandbox, "Order")
    export(connected, shelf)
    kept = names(shelf)
    sandbox.fault("/v1/workflows", "status", status=200, body="[]")
    empty = export(connected, shelf)
    assert empty.state == "failed" and "lists no workflow" in (empty.problem or "") and names(shelf) == kept
    sandbox.fault("/v1/workflows", "reset", count=2)
    assert export(connected, shelf).state == "failed" and names(shelf) == kept
    put(sandbox, "Other")
    only = sandbox.call("GET", "/v1/workflows").json()[:1]
    sandbox.fault("/v1/workflows", "status", status=200, body=json.dumps(only))
    assert export(connected, shelf).state == "done" and set(kept) < set(names(shelf))


def test_a_folder_that_cannot_be_written_is_a_sentence(connected: Flask, sandbox: Sandbox, shelf: Path) -> None:
    wpid = put(sandbox, "Order")
    (shelf / f"order-{wpid}.yaml").mkdir()
    done = export(connected, shelf)
    assert done.state == "failed" and "cannot be written" in (done.problem or "")


def test_it_is_due_once_a_night_and_again_an_hour_after_a_failure(app: Flask, shelf: Path) -> None:
    where = Where(shelf, 3, False, False)
    noon = datetime(2026, 11, 21, 12)

    def noted(at: datetime, state: str, asked_by: str | None = None) -> None:
        with writing() as session:
            session.add(ExportRound(state=state, asked_by=asked_by, asked_at=at))
        db.session.remove()

    with app.app_context():
        assert due(where, noon)
        noted(noon - timedelta(days=1), "done")
        assert due(where, noon) and not due(where, noon.replace(hour=2) - timedelta(days=1) + timedelta(hours=22))
        noted(noon - timedelta(minutes=5), "done", "Ada")
        assert due(where, noon)
        noted(noon.replace(hour=3, minute=1), "failed")
        assert not due(where, noon.replace(hour=3, minute=50)) and due(where, noon.replace(hour=4, minute=2))
        noted(noon.replace(hour=4, minute=2), "done")
        assert not due(where, noon) and not due(where, noon.replace(hour=23)) and due(
            where, noon.replace(hour=3) + timedelta(days=1))


def test_the_worker_makes_what_is_due_and_what_is_asked_for(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                            shelf: Path) -> None:
    put(sandbox, "Order")
    nightly = Nightly(connected)
    with connected.app_context():
        assert lease.hold("export", "test", 20)
        db.session.remove()
    nightly.look()
    assert len(names(shelf)) == 1
    nightly.look()
    page = ada.get("/workflows/transfer")
    assert len(page.all("#export-rounds tbody tr")) == 1 and "nightly" in page.words
    assert ada.post("/workflows/transfer/rounds").status == 303
    asked = ada.post("/workflows/transfer/rounds", htmx=True)
    assert "waiting" in asked.words and asked.one("#export-rounds").has_attr("data-poll")
    nightly.look()
    done = ada.get("/workflows/transfer/rounds")
    assert len(done.all("tbody tr")) == 2 and not done.one("#export-rounds").has_attr("data-poll")
    assert recorded(connected, "workflow.export") == [("workflow.export", None, "Ada", "done")]


def test_what_a_stopped_server_left_is_told(connected: Flask, sandbox: Sandbox, shelf: Path) -> None:
    with connected.app_context():
        with writing() as session:
            session.add(ExportRound(state="running", asked_by=None, asked_at=now()))
        db.session.remove()
        assert round_rules.next_round(Where(shelf, 3, False, False)) is None
        assert [each.state for each in round_rules.history()] == ["failed"]
        with writing() as session:
            session.execute(update(ExportRound).values(asked_at=now() - timedelta(days=91)))
        round_rules.next_round(Where(shelf, 3, False, False))
        assert len(db.session.scalars(select(ExportRound)).all()) == 1


def test_from_the_folder_it_is_restored_through_a_preview(connected: Flask, ada: Browser, ben: Browser,
                                                          sandbox: Sandbox, shelf: Path) -> None:
    wpid = put(sandbox, "Order")
    export(connected, shelf)
    name = f"order-{wpid}.yaml"
    assert ada.get("/workflows/transfer").one(f'input[name="name"][value="{name}"]')
    sandbox.call("POST", f"/v1/workflows/{wpid}/delete")
    where = str(ada.post("/workflows/transfer/restorations", {"name": name}).headers["Location"])
    assert ada.get(where).one("input[checked]")["value"] == "import"
    ada.post(where)
    assert [each["title"] for each in sandbox.call("GET", "/v1/workflows").json()] == ["Order"]
    for wrong in ("../order-wpid_1.yaml", "x.yaml", ""):
        assert ada.post("/workflows/transfer/restorations", {"name": wrong}).status == 422
    assert ada.post("/workflows/transfer/restorations", {"name": "a-wpid_1.yaml"}).status == 404
    assert ben.get("/workflows/transfer").status == 403
    assert ben.post("/workflows/transfer/rounds").status == 403
    assert ben.post("/workflows/transfer/restorations", {"name": name}).status == 403


def test_the_setting_is_strict(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    base = {"INSTANCE_DIR": str(tmp_path), "SECRET_KEY": "x" * 40}
    assert Settings.from_env({**base, "EXPORT_DIR": str(tmp_path)}).export_dir == tmp_path
    for wrong in (str(tmp_path / "none"), str(tmp_path / "file")):
        with pytest.raises(BadSetting, match="EXPORT_DIR"):
            Settings.from_env({**base, "EXPORT_DIR": wrong})
    with pytest.raises(BadSetting, match="EXPORT_HOUR"):
        Settings.from_env({**base, "EXPORT_HOUR": "24"})


ON_ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ON_ONE
@pytest.mark.parametrize("link", ["order-{wpid}.yaml", ".git", ".order-{wpid}.yaml.part"])
def test_nothing_is_written_through_a_link(connected: Flask, ada: Browser, sandbox: Sandbox, shelf: Path,
                                           tmp_path: Path, link: str) -> None:
    name = link.format(wpid=put(sandbox, "Order"))
    outside = tmp_path / "outside"
    if link == ".git":
        outside.mkdir()
    else:
        outside.write_text("theirs")
    (shelf / name).symlink_to(outside)
    done = export(connected, shelf, is_git=link == ".git")
    if name.endswith(".part"):
        assert done.state == "done" and len(names(shelf)) == 1, "what an export left half is written anew"
    else:
        assert done.state == "failed" and f"{name} in the export folder is a link" in (done.problem or "")
        assert (shelf / name).is_symlink()
        assert ada.post("/workflows/transfer/restorations", {"name": name}).status in (404, 422)
        assert "is a link to somewhere else" in ada.get("/workflows/transfer").words
    assert list(outside.iterdir()) == [] if outside.is_dir() else outside.read_text() == "theirs"


@ON_ONE
def test_a_folder_that_cannot_be_written_is_told(connected: Flask, sandbox: Sandbox, shelf: Path,
                                                 tmp_path: Path) -> None:
    wpid = put(sandbox, "Order")
    (shelf / f"order-{wpid}.yaml").mkdir()
    assert "is a folder" in (export(connected, shelf).problem or "")
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        (tmp_path / "file").write_text("no folder")
        done = export(connected, folder)
        assert done.state == "failed" and (done.problem or "").startswith("The export folder cannot be written: ")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "shortcut").symlink_to(tmp_path / "elsewhere")
    assert export(connected, tmp_path / "shortcut").state == "done", "the operator may name a link to a folder"
    assert names(tmp_path / "elsewhere") == [f"order-{wpid}.yaml"]
