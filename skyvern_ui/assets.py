"""Static files with a fingerprint in their address, two bundles made in memory, and no build step.

`asset("css/x")` gives the address of a file below `static/`, or of one of the two bundles:
`app.css` (all of `static/css/`, in the order below) and `app.js` (all behaviours, each in its own block).
A behaviour is an ES module without imports or exports, so that it can be read alone and bundled as it is.
What we wrote travels without comments and indentation, which only its readers want.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, abort, current_app, request

from .compression import squeeze

STATIC = Path(__file__).resolve().parent / "static"

CSS_ORDER = (
    "tokens", "base", "shell", "nav", "door", "button", "card", "pill", "facts", "table", "filters", "views",
    "bulk", "failures", "pager",
    "field", "notice", "dialog", "menu", "tabs", "stats", "empty", "toast", "steps", "checklist", "run", "cause",
    "after",
    "timeline", "viewport", "control", "gallery", "output", "files", "waiting", "inbox", "guest",
    "trace", "compare", "marks", "doctor", "mend", "history", "preflight", "bundle", "llms",
    "label", "library", "transfer", "services", "charts", "prices", "palette", "schedules", "scripts", "launch",
    "batches", "outline", "versions", "trying", "editor", "editor_sheet", "utilities",
)  # fmt: skip
SQUEEZABLE = {".css", ".js", ".svg", ".json"}
OURS = ("js/", "css/")
COMMENT = re.compile(rb"//|/\*[^*]*\*/$")  # a whole line
AIRY = re.compile(rb"""("[^"\n]*"|'[^'\n]*')| *([{};,]) *|(:) +""")  # texts in quotes stay as they are
NEVER_SERVED = {".py", ".md", ".txt"}
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=300"


class UnknownAsset(LookupError):
    """A template named a static file that does not exist."""


class Asset(NamedTuple):
    body: bytes
    squeezed: bytes | None
    mimetype: str
    fingerprint: str


def _stylesheet() -> bytes:
    """The declared files first to last, then any that another room has added, by name."""
    found = {path.stem: path for path in sorted((STATIC / "css").glob("*.css"))}
    ordered = [name for name in CSS_ORDER if name in found]
    rest = [name for name in found if name not in CSS_ORDER and name != "utilities"]
    tail = ["utilities"] if "utilities" in ordered else []
    names = [name for name in ordered if name != "utilities"] + rest + tail
    return b"\n".join(found[name].read_bytes() for name in names)


def _script() -> bytes:
    parts = []
    for path in sorted((STATIC / "js" / "behaviours").glob("*.js")):
        parts.append(b"{ // " + path.stem.encode() + b"\n" + path.read_bytes() + b"}\n")
    return b"".join(parts)


BUNDLES = {"app.css": _stylesheet, "app.js": _script}


def lean(text: bytes, name: str) -> bytes:
    """A stylesheet or script of ours without indentation, empty lines and lines that are only a comment; a stylesheet
    also without the spaces that only its readers want: those around `{};,` and after a colon. Lines stay lines."""
    lines = (line.strip() for line in text.split(b"\n"))
    text = b"\n".join(line for line in lines if line and not COMMENT.match(line))
    return AIRY.sub(rb"\1\2\3", text) if name.endswith(".css") else text


def _read(name: str) -> bytes:
    if name in BUNDLES:
        return lean(BUNDLES[name](), name)
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC) or path.suffix in NEVER_SERVED or not path.is_file():
        raise UnknownAsset(name)
    return lean(path.read_bytes(), name) if name.startswith(OURS) else path.read_bytes()


def _load(name: str) -> Asset:
    body = _read(name)
    suffix = Path(name).suffix
    squeezed = gzip.compress(body, 9, mtime=0) if suffix in SQUEEZABLE else None
    mimetype = "text/javascript" if suffix == ".js" else mimetypes.guess_type(name)[0]
    fingerprint = hashlib.sha256(body).hexdigest()[:8]
    return Asset(body, squeezed, mimetype or "application/octet-stream", fingerprint)


_cached = lru_cache(maxsize=256)(_load)


def load(name: str, *, fresh: bool = False) -> Asset:
    """One static file or bundle, by its path below `static/`. `fresh` reads the disk again (debug only)."""
    return _load(name) if fresh else _cached(name)


def serve(filename: str) -> Response:
    """The view of `/static/<path>`: fingerprinted addresses may be kept for ever."""
    try:
        found = load(filename, fresh=current_app.debug)
    except (UnknownAsset, OSError, ValueError):
        abort(404)
    squeeze = found.squeezed is not None and request.accept_encodings["gzip"] > 0
    response = Response(found.squeezed if squeeze else found.body, mimetype=found.mimetype)
    if found.squeezed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    version = request.args.get("v")
    response.headers["Cache-Control"] = FOR_EVER if version == found.fingerprint else FOR_A_WHILE
    response.set_etag(found.fingerprint + ("-gz" if squeeze else ""))
    response.make_conditional(request)
    return response


def register(app: Flask) -> None:
    """Serve `/static/` from memory, compress pages, and give templates `asset()`."""

    def asset(path: str) -> str:
        return f"{app.static_url_path}/{path}?v={load(path, fresh=app.debug).fingerprint}"

    app.view_functions["static"] = serve
    app.after_request(squeeze)
    app.jinja_env.globals["asset"] = asset
