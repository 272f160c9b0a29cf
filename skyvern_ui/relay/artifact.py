"""What a browser may do with artifact bytes: look at pictures, films, sound and plain text; else download.

Skyvern serves scraped pages as inline HTML. On our origin that would be a script of any web page the
agent visits, run with the rights of whoever looks; so a type is chosen from a list, never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from skyvern_ui.relay.answer import Answer
from skyvern_ui.skyvern.errors import Blocked, Failed, Missing, Rejected, SkyvernError

INLINE = frozenset(
    {
        "image/png", "image/jpeg", "image/gif", "image/webp",
        "video/mp4", "video/webm",
        "audio/webm", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/x-wav", "audio/aac", "audio/flac",
        "text/plain",
    }
)  # fmt: skip
_NEVER_AS = frozenset(
    {
        "script", "style", "worker", "sharedworker", "serviceworker", "audioworklet", "paintworklet", "object",
        "embed", "frame", "iframe", "fencedframe", "manifest", "xslt",
    }
)  # fmt: skip
_KEPT = frozenset({"accept-ranges", "content-length", "content-range", "etag", "last-modified"})
_TYPE_OF = {
    "screenshot": "image/png",
    "screenshot_llm": "image/png",
    "screenshot_action": "image/png",
    "screenshot_final": "image/png",
    "screenshot_proxy": "image/png",
    "screenshot_pre_submit": "image/png",
    "session_replay": "video/mp4",
    "skyvern_log": "text/plain",
    "skyvern_log_raw": "text/plain",
    "browser_console_log": "text/plain",
    "llm_prompt": "text/plain",
}
SAFETY = (
    ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "private, max-age=3600"),
)
_PLACE = re.compile(
    r"https?://[^/?#\\@\s]+(?:/[^?#\s]*)?/artifacts/(a_[0-9]{1,24})/content/?(?:\?[^#\s]*)?", re.IGNORECASE
)
_IN_NAME = re.compile(r"_(a_[0-9]{1,24})_")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\"\\/:*?<>|%;]+")


def refuse_as_code(headers: Mapping[str, str]) -> None:
    """Raise `Blocked` when a browser wants the bytes as code, style or a frame; before any upstream call.

    `headers` are the client's, looked up by their usual names. A nonce in the page's policy is no help
    against a same-origin script, so the purpose itself is refused (`Sec-Fetch-Dest`, `Service-Worker`).
    """
    purpose = (headers.get("Sec-Fetch-Dest") or "").strip().lower()
    if purpose in _NEVER_AS or headers.get("Service-Worker") is not None:
        raise Blocked("Artifacts can be looked at or downloaded, not run or framed.", "artifact_not_code")


def expect_bytes(answer: Answer) -> None:
    """Raise for every status that brings no bytes: allowed are 200, 206, 304 and 416. Closes the answer then.

    The storage's own error body is never shown: it may quote the signed request.
    """
    if answer.status in (200, 206, 304, 416):
        return
    answer.close()
    raise _named(answer.status)


def artifact_headers(
    upstream: Iterable[tuple[str, str]],
    *,
    artifact_type: str | None = None,
    filename: str | None = None,
    as_source: bool = False,
) -> list[tuple[str, str]]:
    """The headers for artifact bytes, in lower case.

    `artifact_type` is Skyvern's word, which knows better than its Content-Type (most are sent as JSON).
    `as_source` shows anything that is not a picture, film or sound as plain text. Everything else that
    may not be shown becomes an attachment. `filename` is cleaned here.
    """
    kept = {name: value for name, value in reversed(list(upstream)) if name in _KEPT or name == "content-type"}
    said = kept.pop("content-type", "").partition(";")[0].strip().lower()
    kind = _TYPE_OF.get(artifact_type or "", said)
    if kind not in INLINE:
        kind = "text/plain" if as_source else "application/octet-stream"
    shown = kind in INLINE
    return [
        ("content-type", "text/plain; charset=utf-8" if kind == "text/plain" else kind),
        ("content-disposition", content_disposition("inline" if shown else "attachment", filename)),
        *kept.items(),
        *SAFETY,
    ]


def content_disposition(how: str, filename: str | None) -> str:
    """`inline` or `attachment` with a safe file name (RFC 6266, RFC 8187); none if nothing is left of it."""
    name = _UNSAFE.sub("_", filename or "").strip(" ._")[-150:].lstrip(" ._")
    if not name:
        return how
    plain = name.encode("ascii", "replace").decode("ascii").replace("?", "_")
    if plain == name:
        return f'{how}; filename="{plain}"'
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def artifact_id_in(url: str) -> str | None:
    """The artifact id that a URL of Skyvern's names, on whatever host and storage.

    Skyvern's forms: `…/artifacts/{id}/content` (on a self-hosted server the host may be wrong), and the
    id inside the file name, `…_{id}_{type}.ext`, for `file://` and object storage.
    """
    content = _PLACE.fullmatch(url)
    if content is not None:
        return content[1]
    name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    found = _IN_NAME.search(name)
    return found[1] if found is not None else None


def _named(status: int) -> SkyvernError:
    if status == 404:
        return Missing("The artifact is no longer there.")
    if status in (401, 403):
        return Rejected("The link to the artifact has expired or is not accepted any more.", 403)
    if 400 <= status < 500:
        return Rejected("The artifact's storage did not accept the request.", status)
    return Failed("The artifact's storage failed.", status)
