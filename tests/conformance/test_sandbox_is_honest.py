"""The sandbox and the real Skyvern make the same journey, now, and are compared answer by answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.real.model import ScriptedModel
from tests.real.record import RECORDED, record_all
from tests.real.recorder import Recorder
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern, environment_folder
from tests.real.sockets import Closed, Refused, Socket
from tests.sandbox.comparing import differences
from tests.sandbox_server import Sandbox, running_sandbox

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
SESSION = "/v1/stream/{}/browser_session/pbs_1"
STRANGE_SOCKETS = (
    "/api/v1/stream/workflow_runs/wr_1?apikey={key}",
    "/api/v1/stream/workflow_runs/wr_1",
    "/api/v1/stream/workflow_runs/wr_1?apikey=bad",
    "/v1/stream/workflow_runs/wr_1?apikey={key}",
    "/v1/stream/browser_sessions/pbs_1?apikey={key}",
    "/api/v1/stream/browser_sessions/pbs_1?apikey={key}",
    "/api/v1/stream/nowhere",
    SESSION.format("cdp_input") + "?apikey={key}&client_id=a",
    SESSION.format("cdp_input") + "?client_id=a",
    SESSION.format("cdp_input") + "?apikey={key}",
    SESSION.format("messages") + "?apikey={key}&client_id=a",
    SESSION.format("vnc") + "?apikey={key}&client_id=a",
    SESSION.format("vnc") + "?apikey={key}",
    SESSION.format("vnc") + "?client_id=a",
)


@pytest.fixture(scope="module")
def honest_sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def both_sayings(real_skyvern: RealSkyvern, scripted_model: ScriptedModel, site: Site, honest_sandbox: Sandbox,
                 tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of what each of the two said: the real one first."""
    real, ours = tmp_path_factory.mktemp("real"), tmp_path_factory.mktemp("ours")
    record_all(Recorder(real_skyvern.url, real_skyvern.key, real, {real_skyvern.key: "***"}), site.url, scripted_model)
    record_all(Recorder(honest_sandbox.url, honest_sandbox.key, ours, {}), site.url)
    return real, ours


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_answers_as_the_real_one_does(name: str, both_sayings: tuple[Path, Path]) -> None:
    real, ours = (json.loads((folder / f"{name}.json").read_text()) for folder in both_sayings)
    assert differences(real, ours) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_recordings_are_still_true(name: str, both_sayings: tuple[Path, Path]) -> None:
    recorded = json.loads((RECORDED / f"{name}.json").read_text())
    assert differences(recorded, json.loads((both_sayings[0] / f"{name}.json").read_text())) == []


@pytest.mark.parametrize("path", STRANGE_SOCKETS)
def test_sockets_are_refused_in_the_same_way(path: str, real_skyvern: RealSkyvern, honest_sandbox: Sandbox) -> None:
    assert _tale(honest_sandbox.url, path, honest_sandbox.key) == _tale(real_skyvern.url, path, real_skyvern.key)


def test_frames_and_input_of_a_session_speak_alike(real_skyvern: RealSkyvern, honest_sandbox: Sandbox,
                                                   site: Site) -> None:
    assert _steer(honest_sandbox.url, honest_sandbox.key, site) == _steer(real_skyvern.url, real_skyvern.key, site)


def test_the_route_list_is_that_of_the_installed_server(real_skyvern: RealSkyvern) -> None:
    script = Path(__file__).parents[1] / "real" / "list_routes.py"
    listed = subprocess.run([environment_folder() / "bin" / "python", script], capture_output=True, timeout=120,
                            check=True)
    assert json.loads(listed.stdout) == json.loads(script.with_name("routes-1.0.56.json").read_text())


def _tale(url: str, path: str, key: str) -> list[Any]:
    """Everything a socket says until it ends, and how it ends."""
    said: list[Any] = []
    try:
        with Socket(url + path.format(key=key)) as socket:
            while len(said) < 5:
                message = socket.receive()
                said.append(message.replace(" ", "") if isinstance(message, str) else message)
    except Closed as closed:
        said.append(("closed", closed.code, closed.reason))
    except Refused as refused:
        said.append(("refused", refused.status))
    return said


def _steer(url: str, key: str, site: Site) -> list[Any]:
    """Open a session, watch it, navigate it, close it; the kinds of what was said."""
    headers = {"x-api-key": key, "x-user-agent": "skyvern-ui"}
    opened = requests.post(f"{url}/v1/browser_sessions", json={"timeout": 10}, headers=headers, timeout=60).json()
    name = opened["browser_session_id"]
    with Socket(f"{url}/v1/stream/browser_sessions/{name}?apikey={key}", within=60) as frames:
        first = frames.receive_json(within=60)
        said: list[Any] = [sorted(first), first["status"], first["format"], first["url"]]
        with Socket(f"{url}/v1/stream/cdp_input/browser_session/{name}?apikey={key}&client_id=c", within=60) as hand:
            said.append(hand.receive_json(within=60))
            hand.send({"kind": "take-control"})
            hand.send({"kind": "navigateEvent", "url": f"{site.url}/"})
            said.append(_frame_until(frames, f"{site.url}/"))
            hand.send({"kind": "navigateEvent", "url": "javascript:alert(1)"})
            said.append(hand.receive_json(within=20))
        requests.post(f"{url}/v1/browser_sessions/{name}/close", headers=headers, timeout=60).raise_for_status()
        said.append(_frame_until(frames, None))
    return said


def _frame_until(frames: Socket, address: str | None) -> Any:
    """Skip frames until one shows `address`, or, without one, until the last word."""
    for _ in range(500):
        frame = frames.receive_json(within=20)
        if "screenshot" not in frame:
            return frame["status"]
        if frame["url"] == address:
            return sorted(frame)
    raise AssertionError("neither came")
