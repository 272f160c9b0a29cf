"""Draw the sandbox's pictures and its recording anew, with Chromium and ffmpeg: run by hand.

    python -m tests.sandbox.draw_pictures
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import skyvern_ui

PICTURES = Path(skyvern_ui.__path__[0]) / "sandbox" / "pictures"
SCENES = range(1, 9)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for scene in SCENES:
            page.goto("about:blank")
            page.goto(f"{(PICTURES / 'shop.html').as_uri()}#{scene}")
            page.screenshot(path=f"{folder}/{scene}.png")
            page.screenshot(path=PICTURES / f"scene-{scene}.jpg", type="jpeg", quality=21)
            _ffmpeg("-i", f"{folder}/{scene}.png", "-vf", "split[a][b];[a]palettegen=max_colors=32[p];[b][p]"
                    "paletteuse=dither=none", str(PICTURES / f"scene-{scene}.png"))
        browser.close()
        _ffmpeg("-framerate", "1", "-i", f"{folder}/%d.png", "-vf", "scale=960:540", "-c:v", "libvpx", "-b:v", "200k",
                "-r", "10", "-an", str(PICTURES / "recording.webm"))


def _ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *words], check=True, timeout=120)


if __name__ == "__main__":
    main()
