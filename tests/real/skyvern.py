"""The real Skyvern 1.0.56, from PyPI, on SQLite, in an environment of its own.

    with running_skyvern(tmp_path, model_url=model.url) as real: requests.get(real.url + "/v1/runs", …)
    python -m tests.real.skyvern --dir instance/skyvern --port 8000      (stays in the foreground)
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.model import MODEL_NAME, running_model
from tests.real.process import NotReady, RealProcess, folder_of, free_port, install_into, is_installed, kept

VERSION = "1.0.56"
PLAYWRIGHT = {"chromium-1129/chrome-linux/chrome": "chromium", "ffmpeg-1009/ffmpeg-linux": "ffmpeg",
              "ffmpeg-1010/ffmpeg-linux": "ffmpeg"}


class RealSkyvern(RealProcess):
    """The server: `start` and `stop` as often as you like, always at the same `url`, with its data kept."""

    def __init__(self, directory: Path, port: int, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.env_file = directory / ".env"
        command = [str(install()), "-m", "uvicorn", "skyvern.forge.api_app:create_api_app", "--factory",
                   "--host", "127.0.0.1", "--port", str(port), "--loop", "asyncio", "--ws", "websockets-sansio",
                   "--timeout-keep-alive", "125", "--ws-ping-timeout", "120", "--no-access-log"]
        super().__init__(directory, command, environment, directory / "skyvern.log", f"{self.url}/api/v1/heartbeat")

    @property
    def key(self) -> str:
        return _read_key(self.env_file)


def environment_folder() -> Path:
    """Where the server's own virtual environment is kept between runs, outside every checkout."""
    return folder_of(f"skyvern-{VERSION}")


def install() -> Path:
    """The python of the server's environment; built from PyPI first when it is absent (minutes, 1.6 GB)."""
    folder = environment_folder()
    install_into(folder, f"skyvern[server]=={VERSION}")
    return folder / "bin" / "python"


@contextmanager
def running_skyvern(directory: Path, *, port: int | None = None, model_url: str,
                    settings: dict[str, str] | None = None) -> Iterator[RealSkyvern]:
    """Start the server on 127.0.0.1 with its data in `directory`; it and its browsers end with the block.

    `model_url` is the base of an OpenAI-compatible API; `settings` are more environment variables.
    Raises NotReady after READY_WITHIN seconds.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    real = RealSkyvern(directory, port, _environment(directory, port, model_url) | (settings or {}))
    try:
        real.start()
        yield real
    finally:
        real.stop()


def _environment(directory: Path, port: int, model_url: str) -> dict[str, str]:
    home = directory / "home"
    for place, program in PLAYWRIGHT.items():
        link, found = home / ".cache" / "ms-playwright" / place, shutil.which(program)
        if found is None:
            raise NotReady(f"{program} is not installed; the server's browser needs it")
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(found)
    return kept() | {
        "HOME": str(home), "ENV": "local", "PORT": str(port), "PYTHONUNBUFFERED": "1",
        "DATABASE_STRING": f"sqlite+aiosqlite:///{directory / 'data.db'}",
        "SKYVERN_BASE_URL": f"http://127.0.0.1:{port}",
        "ARTIFACT_STORAGE_PATH": str(directory / "artifacts"), "VIDEO_PATH": str(directory / "videos"),
        "HAR_PATH": str(directory / "har"), "LOG_PATH": str(directory / "log"),
        "DOWNLOAD_PATH": str(directory / "downloads"), "TEMP_PATH": str(directory / "temp"),
        "BROWSER_TYPE": "chromium-headless", "BROWSER_STREAMING_MODE": "cdp", "SKYVERN_TELEMETRY": "false",
        "SKYVERN_DEV_NO_RELOAD": "1", "ENABLE_CODE_BLOCK": "true", "CREDENTIAL_VAULT_TYPE": "skyvern",
        "ENABLE_LOCAL_CREDENTIAL_VAULT": "true", "LOCAL_CREDENTIAL_VAULT_PATH": str(directory / "vault.json"),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True", "ALLOWED_HOSTS": '["localhost","127.0.0.1"]',
        "LLM_KEY": "OPENAI_COMPATIBLE", "ENABLE_OPENAI_COMPATIBLE": "true",
        "OPENAI_COMPATIBLE_MODEL_NAME": os.environ.get("OPENAI_COMPATIBLE_MODEL_NAME", MODEL_NAME),
        "OPENAI_COMPATIBLE_API_KEY": os.environ.get("OPENAI_COMPATIBLE_API_KEY", "scripted"),
        "OPENAI_COMPATIBLE_API_BASE": model_url, "OPENAI_COMPATIBLE_SUPPORTS_VISION": "true",
    }


def _read_key(env_file: Path) -> str:
    found = re.search(r"^SKYVERN_API_KEY=['\"]?([^'\"\n]+)", env_file.read_text(), re.MULTILINE)
    if found is None:
        raise NotReady("Skyvern wrote no SKYVERN_API_KEY into its .env")
    return found[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="The real Skyvern on 127.0.0.1, in the foreground.")
    parser.add_argument("--dir", type=Path, default=Path("instance/skyvern"))
    parser.add_argument("--port", type=int, default=8000)
    wish = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as stack:
        model_url = os.environ.get("OPENAI_COMPATIBLE_API_BASE")
        if model_url is None:
            model_url = stack.enter_context(running_model()).url
            print("No OPENAI_COMPATIBLE_API_BASE is set: the model is SCRIPTED and says every task is done.")
        if not is_installed(environment_folder()):
            print(f"Installing Skyvern {VERSION} from PyPI (about 4 minutes, 1.6 GB) …", flush=True)
        real = stack.enter_context(running_skyvern(wish.dir, port=wish.port, model_url=model_url))
        print(f"Skyvern {VERSION} answers at {real.url}")
        print(f"Its key is SKYVERN_API_KEY in {real.env_file}; its log is {real.log_file}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while os.waitpid(real.pid, os.WNOHANG) == (0, 0):
                time.sleep(1)
            print("Skyvern stopped by itself; see its log.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
