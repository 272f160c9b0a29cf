"""The little of git that a folder of exports needs: each call a fixed list of arguments, bounded, and never a question.

It runs beside the others by itself: under gevent a child process is waited for cooperatively.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SECONDS, PUSH_SECONDS = 30.0, 60.0
OURS = ":(glob)*wpid_*.yaml"
KEPT = ("PATH", "HOME", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME")  # what a push needs to prove who it is
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true", "LC_ALL": "C",
         "GIT_CONFIG_NOSYSTEM": "1", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20"}
NAME, ADDRESS = "Skyvern UI", "export@skyvern-ui.invalid"


class GitFailed(Exception):
    """git did not do it; `str()` is a sentence that holds no more than one line of git's."""


def is_repository(folder: Path) -> bool:
    """Whether the folder itself is one: a repository around it is somebody else's."""
    return (folder / ".git").exists()


def begin(folder: Path) -> None:
    """Makes the folder a repository. Raises GitFailed."""
    _run(folder, "init", "--quiet")


def commit(folder: Path, message: str, author: tuple[str, str] | None) -> str | None:
    """Commits our files and nothing else; the short name of the commit, or None when nothing has changed. `author` is a
    name and an address. Raises GitFailed."""
    if not _run(folder, "status", "--porcelain", "--untracked-files=all", "--", OURS):
        return None
    _run(folder, "add", "--all", "--", OURS)
    name, address = author or (NAME, ADDRESS)
    _run(folder, "commit", "--quiet", "--no-verify", f"--author={_plain(name)} <{_plain(address)}>",
         f"--message={message}", "--", OURS)
    return _run(folder, "rev-parse", "--short", "HEAD").strip()


def push(folder: Path) -> None:
    """Pushes the current branch to `origin`. Raises GitFailed, also after 60 seconds."""
    _run(folder, "push", "--quiet", "--porcelain", "origin", "HEAD", seconds=PUSH_SECONDS)


def _run(folder: Path, *words: str, seconds: float = SECONDS) -> str:
    said = ("-c", f"safe.directory={folder}", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
            "-c", "commit.gpgSign=false", "-c", f"user.name={NAME}", "-c", f"user.email={ADDRESS}")
    environ = {name: os.environ[name] for name in KEPT if name in os.environ} | QUIET
    try:
        done = subprocess.run(["git", *said, *words], cwd=folder, env=environ, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=seconds, check=False)
    except FileNotFoundError:
        raise GitFailed("git is not installed where this server runs.") from None
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {words[0]} took longer than {seconds:.0f} seconds.") from None
    except OSError as error:
        raise GitFailed(f"git could not be started: {type(error).__name__}.") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it did not say why"]
        reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1])
        raise GitFailed(f"git {words[0]} failed: {_without_secrets(reason)[:300]}")
    return done.stdout.decode("utf-8", "replace")


def _plain(text: str) -> str:
    return "".join(each for each in text if each.isprintable() and each not in "<>").strip() or NAME


def _without_secrets(line: str) -> str:
    """A remote's address may hold a password: only its end is shown."""
    return " ".join(word if "://" not in word else "<remote>" for word in line.split())
