"""The files this server keeps: who else may read or write them, and on what kind of file system they lie."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from ...config import Settings
from ..finding import Finding, Verdict

NETWORK_KINDS = ("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre",
                 "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.glusterfs", "fuse.ceph", "fuse.gcsfuse")
OTHERS_READ, OTHERS_WRITE = stat.S_IRGRP | stat.S_IROTH, stat.S_IWGRP | stat.S_IWOTH


def file_findings(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """What others on this machine may do with our files. Names are of files, never whole paths."""
    if os.name != "posix":
        return []
    found = []
    instance, secret, database = settings.instance_dir, settings.instance_dir / "secret-key", database_file(settings)
    if _mode(instance) & stat.S_IWOTH and not _mode(instance) & stat.S_ISVTX:
        found.append(_finding("fail", "folder_writable", "Anybody on this machine may change what is in INSTANCE_DIR",
                              "Whoever replaces the database or the secret there owns this server.",
                              "$ chmod 700 \"$INSTANCE_DIR\"", instance))
    if _mode(secret) & (OTHERS_READ | OTHERS_WRITE):
        found.append(_finding("fail", "secret_readable", "The generated secret is readable by others",
                              "With it, forms and links can be forged and the stored Skyvern key read.",
                              "$ chmod 600 \"$INSTANCE_DIR/secret-key\"", secret))
    for name, path in _named_files(environ):
        if _mode(path) & (stat.S_IROTH | stat.S_IWOTH):
            found.append(_finding("warn", "secret_file_readable", f"The file of {name} is readable by everybody here",
                                  "It holds a secret.", f"$ chmod 600 \"${name}\"", path))
    if database is not None and _is_open_to_all(database):
        writable = bool(_mode(database) & stat.S_IWOTH)
        verdict: Verdict = "fail" if writable else "warn" if settings.production else "ok"
        if verdict != "ok":
            found.append(_finding(verdict, "database_readable", "Everybody on this machine may read the database",
                                  "It holds the audit log, people's addresses and the digests of their passwords.",
                                  "$ chmod 700 \"$INSTANCE_DIR\"", database))
    return found


def database_file(settings: Settings) -> Path | None:
    """The file of the embedded database; None for PostgreSQL, or when it is in memory."""
    if not settings.sqlite:
        return None
    name = make_url(settings.database_url).database
    return Path(name).absolute() if name and name != ":memory:" else None


def file_system_of(path: Path, mounts: str | None = None) -> str:
    """The kind of file system under a path, as Linux names it (`/proc/self/mounts`); empty where nobody can tell.
    `mounts` is that table, for tests."""
    try:
        text = mounts if mounts is not None else Path("/proc/self/mounts").read_text("utf-8", "replace")
        real = os.path.realpath(path)
    except OSError:
        return ""
    best, kind = "", ""
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].encode("latin-1", "replace").decode("unicode_escape")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def is_on_network(path: Path, mounts: str | None = None) -> bool:
    """Whether a path lies on a file system whose locks cannot be relied on for SQLite's WAL."""
    return file_system_of(path, mounts) in NETWORK_KINDS


def _named_files(environ: Mapping[str, str]) -> list[tuple[str, Path]]:
    secret = ("SECRET_KEY", "DATABASE_URL", "SKYVERN_API_KEY", "SETUP_TOKEN", "METRICS_TOKEN", "SMTP_URL",
              "LLM_UPSTREAM_KEY")
    return [(f"{name}_FILE", Path(environ[f"{name}_FILE"])) for name in secret if environ.get(f"{name}_FILE")]


def _is_open_to_all(path: Path) -> bool:
    """Readable or writable by everybody, and in folders that everybody may enter."""
    if not _mode(path) & (stat.S_IROTH | stat.S_IWOTH):
        return False
    return all(_mode(folder) & stat.S_IXOTH for folder in path.parents)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _finding(verdict: Verdict, code: str, title: str, explain: str, fix: str, path: Path) -> Finding:
    return Finding("own-files", "own", verdict, code, title, explain, (fix,),
                   (("Mode", f"{path.name} {stat.S_IMODE(_mode(path)):04o}"),))
