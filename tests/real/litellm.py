"""The real LiteLLM, from PyPI, without a database, in an environment of its own.

    with running_litellm(tmp_path, model_url=model.url) as real: requests.get(real.url + "/models", …)
    python -m tests.real.litellm --dir instance/litellm --port 4000      (stays in the foreground)
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.real.model import MODEL_NAME, running_model
from tests.real.skyvern import INSTALL_WITHIN, READY_WITHIN, NotReady, end_tree, free_port

VERSION = "1.106.2"
WANTED = (f"litellm[proxy]=={VERSION}", "prisma==0.15.0")  # its image has prisma: without it a missing key is a 500
MASTER_KEY = "sk-master-0123456789abcdef"
PROVIDER_KEY = "provider-0123456789abcdef"  # what LiteLLM shows the provider behind it
ALIAS = "vision"  # the scripted model; the other names are below
MOCKED = "mocked"
NOWHERE = "nowhere"  # its provider listens at no port
CHATTING, PAINTING, EMBEDDING = "chatting", "painting", "embedding"  # tests.support.provider, if there is one
WAITS = 4.0  # seconds until LiteLLM gives up on its provider


class RealLiteLLM:
    """The running gateway: `url` is the API base to give a client, ending in /v1."""

    key = MASTER_KEY

    def __init__(self, directory: Path, port: int, model_url: str, provider_url: str | None = None) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"
        self.log_file, self._config = directory / "litellm.log", directory / "config.yaml"
        self._directory, self._port = directory, port
        self._config.write_text(json.dumps(_config(model_url, provider_url)))  # JSON is YAML
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "it is not started"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is ready. Raises NotReady after READY_WITHIN seconds."""
        command = [install(), "--config", self._config, "--host", "127.0.0.1", "--port", str(self._port)]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._directory, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=subprocess.STDOUT, start_new_session=True, env=_environment())
        _wait_until_ready(self.root, self._process, self.log_file)

    def stop(self) -> None:
        """End it; nothing to do when it is not running."""
        if self._process is not None:
            end_tree(self._process)
            self._process = None


def environment_folder() -> Path:
    """Where the gateway's own virtual environment is kept between runs, outside every checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "skyvern-ui" / f"litellm-{VERSION}"


def installed() -> bool:
    return (environment_folder() / "installed").exists()


def install() -> Path:
    """The command of the gateway; its environment is built from PyPI first when it is absent (minutes, 740 MB)."""
    folder = environment_folder()
    if not installed():
        folder.parent.mkdir(parents=True, exist_ok=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *WANTED],
                       check=True, timeout=INSTALL_WITHIN)
        (folder / "installed").touch()
    return folder / "bin" / "litellm"


@contextmanager
def running_litellm(directory: Path, *, model_url: str, provider_url: str | None = None,
                    port: int | None = None) -> Iterator[RealLiteLLM]:
    """Start the gateway on 127.0.0.1 in front of the model at `model_url`, and of a provider; it ends with the block.

    Raises NotReady after READY_WITHIN seconds.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    real = RealLiteLLM(directory, port or free_port(), model_url, provider_url)
    try:
        real.start()
        yield real
    finally:
        real.stop()


def _config(model_url: str, provider_url: str | None) -> dict[str, Any]:
    def model(name: str, **parameters: Any) -> dict[str, Any]:
        return {"model_name": name, "litellm_params": {"api_key": PROVIDER_KEY, "timeout": WAITS, **parameters}}

    provided = [{**model(name, model=f"openai/{name}", api_base=provider_url), "model_info": {"mode": mode}}
                for name, mode in ((CHATTING, "chat"), (PAINTING, "image_generation"), (EMBEDDING, "embedding"))]

    return {
        "model_list": [
            model(ALIAS, model=f"openai/{MODEL_NAME}", api_base=model_url),
            model(MOCKED, model="openai/gpt-4o-mini", mock_response="hello"),
            model(NOWHERE, model=f"openai/{MODEL_NAME}", api_base="http://127.0.0.1:9/v1"),
            *(provided if provider_url else ()),
        ],
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": MASTER_KEY},
    }


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return kept | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1"}


def _wait_until_ready(root: str, process: subprocess.Popen[bytes], log_file: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if session.get(f"{root}/health/liveliness", timeout=2).status_code == 200:
                    return
            time.sleep(0.25)
    tail = "\n".join(log_file.read_text(errors="replace").splitlines()[-15:])
    raise NotReady(f"LiteLLM was not ready within {READY_WITHIN:.0f} s:\n{tail}")


def main() -> int:
    parser = argparse.ArgumentParser(description="The real LiteLLM on 127.0.0.1, in the foreground.")
    parser.add_argument("--dir", type=Path, default=Path("instance/litellm"))
    parser.add_argument("--port", type=int, default=4000)
    parser.add_argument("--model-url", help="an OpenAI-compatible base; without it the model is scripted")
    wish = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as stack:
        model_url = wish.model_url or stack.enter_context(running_model()).url
        real = stack.enter_context(running_litellm(wish.dir, model_url=model_url, port=wish.port))
        print(f"LiteLLM {VERSION} answers at {real.url}, key {real.key}, model {ALIAS}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            os.waitpid(real.pid, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
