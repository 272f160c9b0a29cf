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
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.real.model import MODEL_NAME, running_model
from tests.real.process import RealProcess, folder_of, free_port, install_into, is_installed, kept

VERSION = "1.106.2"
FOLDER = f"litellm-{VERSION}"
WANTED = (f"litellm[proxy]=={VERSION}", "prisma==0.15.0")  # its image has prisma: without it a missing key is a 500
MASTER_KEY = "sk-master-0123456789abcdef"
PROVIDER_KEY = "provider-0123456789abcdef"  # what LiteLLM shows the provider behind it
ALIAS = "vision"  # the scripted model; the other names are below
MOCKED = "mocked"
NOWHERE = "nowhere"  # its provider listens at no port
CHATTING, PAINTING, EMBEDDING = "chatting", "painting", "embedding"  # tests.support.provider, if there is one
WAITS = 4.0  # seconds until LiteLLM gives up on its provider


class RealLiteLLM(RealProcess):
    """The running gateway: `url` is the API base to give a client, ending in /v1."""

    key = MASTER_KEY

    def __init__(self, directory: Path, port: int, model_url: str, provider_url: str | None = None) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"
        config = directory / "config.yaml"
        config.write_text(json.dumps(_config(model_url, provider_url)))  # JSON is YAML
        command = [str(install()), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
        super().__init__(directory, command, _environment(), directory / "litellm.log",
                         f"{self.root}/health/liveliness")


def installed() -> bool:
    return is_installed(folder_of(FOLDER))


def install() -> Path:
    """The command of the gateway; its environment is built from PyPI first when it is absent (minutes, 740 MB)."""
    folder = folder_of(FOLDER)
    install_into(folder, *WANTED)
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
    return kept("HOME") | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1"}


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
