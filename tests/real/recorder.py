"""Calls a server and writes down what it says, made neutral: no key, no address, no folder of this machine."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import requests

KEPT_HEADERS = ("content-type", "content-range", "accept-ranges", "content-disposition", "cache-control",
                "x-skyvern-api-version", "allow")
SECRET_FIELDS = {"token", "api_key", "webhook_signature"}


class Recorder:
    """Calls the server and writes down what it says. `key` may be None to call without one."""

    def __init__(self, url: str, key: str, folder: Path, neutral: dict[str, str]) -> None:
        self.url, self.key, self.folder, self.neutral = url, key, folder, neutral
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, *, key: str | None = "ours", headers: dict[str, str] | None = None,
             **more: Any) -> requests.Response:
        sent = {"x-user-agent": "skyvern-ui", **(headers or {})}
        if key is not None:
            sent["x-api-key"] = self.key if key == "ours" else key
        return self.session.request(method, self.url + path, headers=sent, timeout=60, allow_redirects=False, **more)

    def record(self, name: str, method: str, path: str, **more: Any) -> Any:
        answer = self.call(method, path, **more)
        kind = answer.headers.get("content-type", "")
        body: Any
        if "json" in kind and answer.content:
            body = answer.json()
        elif kind.startswith("text/plain"):
            body = answer.text
        else:
            body = {"bytes": len(answer.content) and "present"}
        page = {"request": f"{method} {path}", "status": answer.status_code,
                "headers": {n: answer.headers[n] for n in KEPT_HEADERS if n in answer.headers}, "body": body}
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.neutralise(page), indent=1, ensure_ascii=False, sort_keys=True)
        (self.folder / f"{name}.json").write_text(text + "\n")
        return body

    def neutralise(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: "***" if k in SECRET_FIELDS and v else self.neutralise(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.neutralise(item) for item in value]
        if isinstance(value, str):
            for found, said in self.neutral.items():
                value = value.replace(found, said)
            return re.sub(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "***", value)
        return value

    def wait_for_run(self, run_id: str, states: set[str], within: float = 90.0) -> dict[str, Any]:
        """Ask until the run is in one of `states`; TimeoutError after `within` seconds."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            run: dict[str, Any] = self.call("GET", f"/v1/runs/{run_id}").json()
            if run.get("status") in states:
                return run
            time.sleep(0.2)
        raise TimeoutError(f"{run_id} was in none of {sorted(states)} within {within:.0f} s")

    def wait_for_artifact(self, run_id: str, kind: str, within: float = 40.0) -> str:
        """The id of the run's first artifact of that type; some are written after the run has ended."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for artifact in self.call("GET", f"/v1/runs/{run_id}/artifacts").json():
                if artifact["artifact_type"] == kind:
                    return str(artifact["artifact_id"])
            time.sleep(0.2)
        raise TimeoutError(f"{run_id} has no {kind} after {within:.0f} s")
