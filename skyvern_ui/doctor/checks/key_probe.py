"""Does Skyvern accept this key? And if not, why not?

Reads only. Raises nothing. Used by the doctor, its mends, the wizard and /settings, so that all name one cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ...diagnosis.excerpt import excerpt
from ...diagnosis.table import translate
from ...relay.ask import Asked, ask
from ...sealed import fingerprint
from ...skyvern.key_text import KeyFace, is_sendable, read_key, short_face, unwrap
from ..finding import Finding
from .key_words import CAUSES, MEND, KeyCause, cause_of

CHECK, LAYER = "key", "key"
ROUTE = "/api/v1/organizations"
SECONDS = 4.0
NONSENSE = "not-a-key"
LONGEST = 16_384
SOON = timedelta(days=14)
NOTHING_SAID = ("skyvern_rejected", "skyvern_failed", "unknown")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a key. `cause` is None when Skyvern accepts it; then `organization` is what it belongs to.
    `better` is the cleaned key that works where the key itself does not. Never shown as it is."""

    cause: KeyCause | None
    face: KeyFace
    answer: Asked | None = None
    organization: str = ""
    organization_name: str = ""
    removed: tuple[str, ...] = ()
    better: str = field(default="", repr=False)

    @property
    def is_good(self) -> bool:
        """True when Skyvern accepts the key as it is."""
        return self.cause is None


def judge(url: str, key: str, *, seconds: float = SECONDS) -> Judged:
    """Asks Skyvern with the key, and, where it helps to tell causes apart, with the cleaned key and with nonsense: at
    most three questions of `seconds` each together."""
    face, clean = read_key(key), unwrap(key)
    if not clean.key:
        return Judged(CAUSES["key_missing"], face)
    if clean.key != key:
        better = _ask_with(url, clean.key, seconds)
        if better.is_good:
            return replace(better, cause=CAUSES["key_wrapped"], removed=clean.removed, better=clean.key)
        return replace(better, removed=clean.removed) if is_sendable(clean.key) else better
    return _ask_with(url, key, seconds)


def finding_for(judged: Judged, key: str, *more: tuple[str, str], source: str = "") -> Finding:
    """The row of the key in a report. `source` says where the key comes from."""
    face = judged.face
    pairs = [("Key", short_face(key) if key else ""), ("Fingerprint", fingerprint(key) if key else ""),
             ("From", source), ("Organisation", judged.organization_name),
             ("Organisation id", judged.organization or face.organization),
             ("Good until", _until(face)), ("Kind", face.kind), ("Signed with", face.algorithm)]
    if judged.answer is not None:
        pairs += [("Status", str(judged.answer.status or judged.answer.detail)),
                  ("It said", "" if judged.is_good else excerpt(judged.answer.text))]
    evidence = (*((name, value) for name, value in pairs if value), *more)
    cause = judged.cause
    if cause is not None:
        explain = cause.explain
        if judged.removed:
            explain = f"{explain} Taken off: {', '.join(judged.removed)}.".strip()
        return Finding(CHECK, LAYER, "fail", cause.code, cause.title, explain, cause.fix, evidence,
                       MEND if any("doctor" in line or "cleaned" in line for line in cause.fix) else "")
    return _good(face, evidence)


def _good(face: KeyFace, evidence: tuple[tuple[str, str], ...]) -> Finding:
    if face.is_session:
        cause = CAUSES["key_session"]
        return Finding(CHECK, LAYER, "warn", cause.code, cause.title, f"{cause.explain} It works until {_until(face)}.",
                       cause.fix, evidence, MEND)
    if face.is_over():
        return Finding(CHECK, LAYER, "warn", "key_remembered", "The key has run out, and Skyvern has not noticed yet",
                       "Older releases remember a good key for up to an hour (newer ones for 60 seconds).",
                       (CAUSES["key_expired"].fix), evidence, MEND)
    if face.is_over(datetime.now(UTC) + SOON):
        return Finding(CHECK, LAYER, "warn", "key_ends_soon", "The key runs out soon", f"It is good until "
                       f"{_until(face)}.", CAUSES["key_expired"].fix, evidence, MEND)
    return Finding(CHECK, LAYER, "ok", "ok", "Skyvern accepts the key", evidence=evidence)


def _ask_with(url: str, key: str, seconds: float) -> Judged:
    face = read_key(key)
    if not is_sendable(key):
        return Judged(CAUSES["key_unsendable"], face)
    if len(key) > LONGEST:
        return Judged(CAUSES["key_too_long"], face)
    answer = _get(url, key, seconds)
    if answer.status == 200 and not answer.reply.trouble and not answer.is_web_page:
        return _accepted(answer, face)
    cause = _cause(answer, url, face, seconds)
    return Judged(cause, face, answer)


def _accepted(answer: Asked, face: KeyFace) -> Judged:
    payload = answer.json()
    rows = payload.get("organizations") if isinstance(payload, dict) else None
    if not isinstance(rows, list):
        return Judged(CAUSES["key_odd_answer"], face, answer)
    first = rows[0] if rows and isinstance(rows[0], dict) else {}
    return Judged(None, face, answer, str(first.get("organization_id") or "")[:80],
                  " ".join(str(first.get("organization_name") or "").split())[:80])


def _cause(answer: Asked, url: str, face: KeyFace, seconds: float) -> KeyCause:
    if answer.status in (401, 407) or answer.reply.trouble == "redirect" or (
            answer.status in (200, 403) and answer.is_web_page):
        return CAUSES["proxy_wants_login"]
    if answer.status in (400, 413, 431):
        return CAUSES["key_too_long"]
    if answer.status is None or answer.status >= 500 or answer.reply.trouble:
        return CAUSES["key_not_judged"]
    payload = answer.json()
    detail = str(payload.get("detail") or "") if isinstance(payload, dict) else ""
    cause = cause_of(answer.status, detail)
    if cause is None:
        return _from_table(answer) or CAUSES["key_odd_answer"]
    if cause.code == "key_unknown" and _same_as_nonsense(url, detail, seconds):
        return CAUSES["key_header_dropped"]
    if cause.code in ("key_not_valid_here", "key_expired") and face.is_over():
        if face.is_session:
            return replace(CAUSES["key_session"], title="This token of Skyvern's front end has run out")
        return replace(CAUSES["key_expired"], explain=f"It was good until {_until(face)}.")
    if cause.code == "key_not_valid_here" and not face.is_token:
        return replace(cause, title="This is no key of Skyvern, or a part of one",
                       explain="Skyvern's keys are three parts joined by dots, about 140 characters long. This one is "
                               "of another shape: cut short, or something else was pasted.")
    return cause


def _from_table(answer: Asked) -> KeyCause | None:
    """What the table of errors says of an answer that is about something else than the key."""
    known = translate(answer.reply)
    if known is None or known.code in NOTHING_SAID:
        return None
    return KeyCause(known.code, known.title.rstrip("."), known.explain, known.fix)


def _same_as_nonsense(url: str, detail: str, seconds: float) -> bool:
    """Whether Skyvern says to nonsense what it says to a key without a row. It does not, when the key arrives."""
    payload = _get(url, NONSENSE, seconds).json()
    return isinstance(payload, dict) and payload.get("detail") == detail


def _get(url: str, key: str, seconds: float) -> Asked:
    return ask("GET", url + ROUTE, [("x-api-key", key), ("x-user-agent", "skyvern-ui")], seconds=seconds)


def _until(face: KeyFace) -> str:
    return face.expires_at.strftime("%Y-%m-%d %H:%M UTC") if face.expires_at else ""
