"""`skyvern-ui doctor --json` in a process of its own, told by its environment where everything is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.databases import SECRET
from tests.support.server import ROOT

WITHIN = 180.0  # seconds; a thorough examination takes the longest


@dataclass(frozen=True)
class Report:
    """What it said, and how it ended."""

    exit_code: int
    said: str
    told: dict[str, Any]

    @property
    def cause(self) -> str:
        """The code of what it names first, or nothing."""
        return str((self.told["cause"] or {}).get("code", ""))

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """Check, verdict and code of all that is not well."""
        return [(each["check"], each["verdict"], each["code"]) for each in self.told["findings"]
                if each["verdict"] in ("fail", "unknown")]

    @property
    def gist(self) -> str:
        """All that is not well in a line each, for whoever reads a failed test."""
        return "\n".join(f"{each['verdict']} {each['check']} {each['code']}: {each['title']} {each['evidence']}"
                         for each in self.told["findings"] if each["verdict"] not in ("ok", "skip"))

    @property
    def fine(self) -> set[str]:
        """The checks that are well."""
        return {str(each["check"]) for each in self.told["findings"] if each["verdict"] == "ok"}

    def of(self, check: str) -> dict[str, Any]:
        """What one check found."""
        found = [each for each in self.told["findings"] if each["check"] == check]
        assert len(found) == 1, (check, [each["check"] for each in self.told["findings"]])
        return dict(found[0])


class Doctor:
    """One installation of ours, examined as often as wanted, each time with other settings."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = {"DATABASE_URL": f"sqlite:///{folder / 'ui.db'}", "INSTANCE_DIR": str(folder),
                         "SECRET_KEY": SECRET, "SANDBOX": "0", "SKYVERN_KEY_PATHS": str(folder / "nothing")} | settings
        self._run("migrate")

    def examine(self, *arguments: str, **changes: str) -> Report:
        """One examination, with these settings changed. Fails if it is no report or does not say by its exit code
        whether something fails."""
        done = self._run("doctor", "--json", *arguments, **changes)
        try:
            told = json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"no report, but {done.returncode}: {done.stdout}\n{done.stderr}") from None
        report = Report(done.returncode, done.stdout + done.stderr, told)
        assert (done.returncode, bool(report.told["cause"])) in ((0, False), (1, True)), report.said
        return report

    def words(self, **changes: str) -> str:
        """The same as text for people."""
        return self._run("doctor", **changes).stdout

    def _run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONWARNINGS": "default"}
        return subprocess.run([sys.executable, "-m", "skyvern_ui", *arguments], cwd=ROOT, text=True, timeout=WITHIN,
                              capture_output=True, env=environ | self.settings | changes, check=False)
