"""Screenshots and recordings, fetched as our pages fetch them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask

from skyvern_ui.config import Settings
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import artifacts as checks
from skyvern_ui.doctor.checks import samples
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.skyvern.connection import Connection

from .fake_skyvern import NOT_FOUND, FakeSkyvern, answer, detail, drip, hang, make_key, page

KEY = make_key()
GONE = detail(404, "Artifact content not available")
PIECE = answer(206, b"\x1aE", "video/webm", "content-range: bytes 0-1/18595")


def artifact(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"artifact_id": f"a_{number}", "artifact_type": kind, "file_size": 18595,
            "uri": f"file:///data/artifacts/x_a_{number}_{kind}.png", "signed_url": "file:///x", **more}


@pytest.fixture
def fake() -> Iterator[FakeSkyvern]:
    with FakeSkyvern(KEY) as server:
        server.paths["/v1/runs"] = answer(200, [{"run_id": "tsk_1"}, {"run_id": "wr_2"}])
        server.paths["/v1/runs/tsk_1/artifacts"] = answer(200, [artifact("html", 1), artifact("screenshot_final", 2),
                                                                artifact("recording", 3)])
        server.paths["/v1/runs/wr_2/artifacts"] = answer(200, [artifact("screenshot", 4), artifact("recording", 5)])
        server.paths["/v1/artifacts/"] = PIECE
        yield server


def patient(fake: FakeSkyvern, tmp_path: Path, **environ: str) -> Patient:
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path), **environ})
    return Patient(cast(Flask, None), settings, Connection(fake.url, KEY))


def pictures(fake: FakeSkyvern, tmp_path: Path) -> Finding:
    return checks.look_at_pictures(patient(fake, tmp_path))


def test_the_newest_are_fetched_by_a_piece(fake: FakeSkyvern, tmp_path: Path) -> None:
    assert pictures(fake, tmp_path).verdict == "ok"
    [asked] = fake.seen("/v1/artifacts/")
    assert asked.startswith(b"GET /v1/artifacts/a_2/content ") and b"range: bytes=0-1\r\n" in asked
    assert checks.look_at_recordings(patient(fake, tmp_path)).verdict == "ok"
    assert fake.seen("/v1/artifacts/a_3/content")


def test_a_film_that_is_not_written_yet_is_no_fault(fake: FakeSkyvern, tmp_path: Path) -> None:
    def runs(ended: datetime) -> bytes:
        return answer(200, [{"run_id": "tsk_1", "finished_at": ended.isoformat()}])

    fake.paths["/v1/runs/tsk_1/artifacts"] = answer(200, [artifact("recording", 3, file_size=0)])
    fake.paths["/v1/artifacts/"] = GONE
    fake.paths["/v1/runs"] = runs(datetime.now(UTC))
    assert checks.look_at_recordings(patient(fake, tmp_path)).verdict == "skip"
    fake.paths["/v1/runs"] = runs(datetime.now(UTC) - timedelta(minutes=5))
    assert checks.look_at_recordings(patient(fake, tmp_path)).code == "artifact_file_gone"


@pytest.mark.parametrize(("reply", "code"), [
    (GONE, "artifact_file_gone"), (detail(404, "Artifact not found a_2"), "artifact_file_gone"),
    (NOT_FOUND, "artifact_route_absent"), (answer(200, b"", "image/png"), "artifact_empty"),
    (answer(416, b"", "", "content-range: bytes */0"), "artifact_empty"), (page(), "artifact_web_page"),
    (answer(500, {"error": "Unexpected error: MemoryError"}), "artifact_refused"),
    (detail(403, "Invalid credentials"), "artifact_refused"), (hang, "artifact_no_answer"),
])
def test_what_is_wrong_is_named(fake: FakeSkyvern, tmp_path: Path, reply: Any, code: str,
                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SECONDS", 0.4)
    fake.paths["/v1/artifacts/"] = reply
    found = pictures(fake, tmp_path)
    assert (found.verdict, found.code) == ("fail", code) and found.fix


def test_one_lost_file_is_a_warning(fake: FakeSkyvern, tmp_path: Path) -> None:
    fake.paths["/v1/artifacts/a_2/"] = GONE
    found = pictures(fake, tmp_path)
    assert (found.verdict, found.code) == ("warn", "artifact_file_gone") and ("Run", "tsk_1") in found.evidence


def test_a_recording_that_comes_whole_cannot_be_wound(fake: FakeSkyvern, tmp_path: Path) -> None:
    fake.paths["/v1/artifacts/"] = answer(200, b"x" * 18595, "video/webm")
    found = checks.look_at_recordings(patient(fake, tmp_path))
    assert (found.verdict, found.code) == ("warn", "recording_without_range")
    assert pictures(fake, tmp_path).verdict == "ok"


def test_links_to_the_makers_cloud_are_told(fake: FakeSkyvern, tmp_path: Path) -> None:
    link = "https://api.skyvern.com/v1/artifacts/a_2/content?artifact_name=x"
    fake.paths["/v1/runs/tsk_1/artifacts"] = answer(200, [artifact("screenshot_final", 2, signed_url=link)])
    assert pictures(fake, tmp_path).code == "base_url_is_cloud"


@pytest.mark.parametrize("reply", [answer(200, []), answer(200, {"x": 1}), page(), hang, drip,
                                   answer(200, [{"run_id": "../../x"}, {}, 5])])
def test_nothing_to_fetch_is_skipped_with_a_sentence(fake: FakeSkyvern, tmp_path: Path, reply: Any,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "LIST_SECONDS", 0.4)
    monkeypatch.setattr("skyvern_ui.doctor.checks.samples.get.__kwdefaults__", {"seconds": 0.4, "most": 100_000})
    fake.paths["/v1/runs"] = reply
    found = pictures(fake, tmp_path)
    assert found.verdict == "skip" and found.title


class TestFileServer:
    def test_none_is_needed(self, fake: FakeSkyvern, tmp_path: Path) -> None:
        assert checks.look_at_file_server(patient(fake, tmp_path)).verdict == "skip"

    @pytest.mark.parametrize(("reply", "verdict"), [
        (answer(206, b"ab", "image/png"), "ok"), (answer(404, "Not found", "text/plain"), "warn"),
        (lambda conn, _r: None, "warn")])
    def test_a_file_is_asked_of_it(self, fake: FakeSkyvern, tmp_path: Path, reply: Any, verdict: str) -> None:
        with FakeSkyvern() as files:
            files.every(reply)
            found = checks.look_at_file_server(patient(fake, tmp_path, SKYVERN_ARTIFACT_URL=files.url))
            assert found.verdict == verdict
            [asked] = files.requests
        assert b"GET /artifact/image?path=%2Fdata%2Fartifacts%2Fx_a_2_screenshot_final.png " in asked
        assert b"x-api-key" not in asked
