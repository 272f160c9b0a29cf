"""The figures as text: lines for a terminal, tables for docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.support.postgres import binaries

from .result import Result

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
LIBRARIES = ("gunicorn", "gevent", "flask", "werkzeug", "psycopg", "sqlalchemy")
HEADINGS = {"proxy": "A proxied call", "artifact": "An artifact", "viewers": "A live run", "pages": "Pages",
            "runs": "Runs that grow", "editor": "A workflow of 200 blocks",
            "gateway": "A model's answer through the gateway", "ledger": "Books that grow"}


def line(result: Result) -> str:
    return f"{result.what:66} {result.value:34} {result.target:22} {result.verdict}".rstrip()


def write(parts: dict[str, list[Result]]) -> None:
    """Renews what stands between the marks of docs/performance.md; the words around it stay."""
    measured = "\n\n".join([f"Machine: {machine()}.", *(_table(name, found) for name, found in parts.items()),
                            _missed(parts)])
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{rest.partition(END)[2]}", "utf-8")


def machine() -> str:
    """What the figures depend on."""
    facts = [f"{os.cpu_count()} cores", _processor(), f"Linux {platform.release()}" if platform.system() == "Linux"
             else platform.system(), f"Python {platform.python_version()}"]
    facts += [f"{name} {version(name)}" for name in LIBRARIES]
    if nginx := shutil.which("nginx"):
        facts.append(_first_version("nginx", [nginx, "-v"]))
    if (postgres := binaries()) is not None:
        facts.append(_first_version("PostgreSQL", [str(postgres / "postgres"), "--version"]))
    return ", ".join(filter(None, facts))


def _processor() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def _first_version(name: str, command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return f"{name} {found[0]}" if found else ""


def _table(name: str, results: list[Result]) -> str:
    rows = [f"| {r.what} | {r.value} | {r.target} | {r.verdict} |" for r in results]
    return "\n".join([f"### {HEADINGS[name]}", "", "| | Measured | Target | |", "|---|---|---|---|", *rows])


def _missed(parts: dict[str, list[Result]]) -> str:
    missed = [result.what for results in parts.values() for result in results if result.met is False]
    return "Missed in this run: " + "; ".join(missed) + "." if missed else "Every target was met in this run."
