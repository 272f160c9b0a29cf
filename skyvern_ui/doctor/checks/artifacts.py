"""Screenshots, files and recordings, as our pages fetch them."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from ...diagnosis.excerpt import excerpt
from ...relay.ask import Asked, ask
from ..check import Check, Patient
from ..finding import Finding, ok, skip
from .samples import PICTURES, Sample, find_samples, get

LAYER = "artifacts"
SECONDS = 4.0
FIRST = ("range", "bytes=0-1")
CLOUD = "api.skyvern.com"
FILES = ("Look whether the folder that holds Skyvern's files (/data/artifacts) is still mounted where it was.",
         "$ docker compose exec skyvern ls -la /data/artifacts",
         "Files of old runs may have been removed on purpose; then nothing needs doing.")
UPDATE = ("Update Skyvern.", "$ docker compose pull && docker compose up -d")


def look_at_pictures(patient: Patient) -> Finding:
    """Whether the newest screenshots can be fetched by their ids."""
    return _look(patient, "artifacts", PICTURES, "screenshots")


def look_at_recordings(patient: Patient) -> Finding:
    """Whether the newest recordings can be fetched, and piece by piece, as a player does."""
    return _look(patient, "recording", ("recording",), "recordings")


def look_at_file_server(patient: Patient) -> Finding:
    """Whether the configured file server (SKYVERN_ARTIFACT_URL) hands out a file that Skyvern names."""
    base = patient.settings.skyvern_artifact_url
    if not base or patient.connection is None:
        return skip("artifact-server", LAYER, "No file server is configured, and none is needed since Skyvern 1.0.25.")
    samples = [each for each in find_samples(patient.connection, PICTURES).things if each.uri.startswith("file://")]
    path = f"/artifact/image?path={quote(urlsplit(samples[0].uri).path, safe='')}" if samples else "/"
    answer = ask("GET", base + path, [FIRST], seconds=SECONDS)
    evidence = (("Address", base), ("Status", str(answer.status or answer.detail)))
    if answer.status is None:
        return Finding("artifact-server", LAYER, "warn", "file_server_away", "The file server does not answer",
                       "SKYVERN_ARTIFACT_URL is set, but nothing answers there. Screenshots by id do not need it.",
                       ("Remove SKYVERN_ARTIFACT_URL, or start the file server (port 9090 of Skyvern's front end).",),
                       evidence)
    if samples and answer.status not in (200, 206):
        return Finding("artifact-server", LAYER, "warn", "file_server_lacks_file",
                       "The file server does not find Skyvern's files",
                       "It answers, but not with a file that Skyvern names: its folders are other ones.",
                       ("Mount Skyvern's /data/artifacts into the container of its front end, at the same path.",),
                       evidence)
    return ok("artifact-server", LAYER, "The file server answers", *evidence)


def _look(patient: Patient, check: str, kinds: tuple[str, ...], what: str) -> Finding:
    if patient.connection is None:
        return skip(check, LAYER, "There is no connection.")
    samples = find_samples(patient.connection, kinds)
    if not samples.things:
        return skip(check, LAYER, samples.why_none)
    faults: list[Finding] = []
    for sample in samples.things:
        answer = get(patient.connection, f"/v1/artifacts/{sample.artifact_id}/content", FIRST, seconds=SECONDS,
                     most=4096)
        fault = _fault(check, what, sample, answer)
        if fault is None and not faults:
            return _cloudy(check, sample) or ok(check, LAYER, f"The newest {what} can be fetched",
                                                *_evidence(sample, answer))
        if fault is not None:
            faults.append(fault)
        if fault is None or fault.code not in ("artifact_file_gone", "artifact_empty"):
            break
    worst = faults[0]
    is_partly = len(faults) < len(samples.things) and worst.code in ("artifact_file_gone", "artifact_empty")
    return Finding(check, LAYER, "warn" if is_partly else worst.verdict, worst.code, worst.title, worst.explain,
                   worst.fix, worst.evidence)


def _fault(check: str, what: str, sample: Sample, answer: Asked) -> Finding | None:
    """What is wrong with one answer; None when it is as it should be."""
    detail = answer.json().get("detail") if isinstance(answer.json(), dict) else None
    evidence = _evidence(sample, answer)

    def fail(code: str, title: str, explain: str, fix: tuple[str, ...], verdict: str = "fail") -> Finding:
        return Finding(check, LAYER, "warn" if verdict == "warn" else "fail", code, title, explain, fix, evidence)

    if answer.status is None or (answer.reply.trouble and not answer.reply.body):
        return fail("artifact_no_answer", f"Fetching {what} ends without an answer",
                    "Other routes of Skyvern answer. It reads the whole file into its memory before it sends any.",
                    ("Look at Skyvern's log and memory.", "$ docker compose logs --tail 50 skyvern"))
    if answer.status in (200, 206) and answer.is_web_page:
        return fail("artifact_web_page", f"A web page comes in place of {what}",
                    "A proxy in front of Skyvern answers for this path.",
                    ("Let the proxy forward everything under /v1/ to Skyvern.",))
    if (answer.status in (200, 206) and not answer.reply.body) or answer.status == 416:
        return fail("artifact_empty", f"Skyvern's files of {what} are empty",
                    "The file is there and holds nothing: the disk was full, or the run was cut off while it wrote.",
                    ("Look whether the disk of Skyvern's files is full.", "$ docker compose exec skyvern df -h"))
    if answer.status == 404 and detail == "Not Found":
        return fail("artifact_route_absent", f"This Skyvern cannot hand out {what} by id",
                    "The route exists since release 1.0.25.", UPDATE)
    if answer.status == 404:
        return fail("artifact_file_gone", f"Skyvern knows its {what}, but the files are gone",
                    "Their rows are in its database; on its disk there is nothing.", FILES)
    if answer.status not in (200, 206):
        return fail("artifact_refused", f"Skyvern does not hand out its {what}",
                    "It accepts the key elsewhere.", ("Look at Skyvern's log.",
                                                      "$ docker compose logs --tail 50 skyvern"))
    if check == "recording" and answer.status == 200:
        return fail("recording_without_range", "Recordings come whole or not at all",
                    "A piece was asked for and the whole file came, so a film cannot be wound forward. Releases before "
                    "1.0.37 do that, and proxies that drop the header Range.",
                    ("Update Skyvern, or let the proxy pass the header Range on.",), "warn")
    return None


def _cloudy(check: str, sample: Sample) -> Finding | None:
    """A hint where Skyvern's links lead to its maker's cloud: SKYVERN_BASE_URL was never set."""
    if urlsplit(sample.url).hostname != CLOUD:
        return None
    return Finding(check, LAYER, "warn", "base_url_is_cloud", "Skyvern's own links lead to its maker's cloud",
                   "Our pages fetch by id and do not care. Links in webhooks and messages lead nowhere.",
                   ("Set SKYVERN_BASE_URL in Skyvern's .env to the address of your own, and restart it.",),
                   (("Leads to", CLOUD),))


def _evidence(sample: Sample, answer: Asked) -> tuple[tuple[str, str], ...]:
    said = "" if answer.status in (200, 206) else excerpt(answer.text)
    pairs = (("Run", sample.run_id), ("Artifact", sample.artifact_id), ("Status", str(answer.status or answer.detail)),
             ("Type", answer.reply.headers.get("content-type", "")[:80]),
             ("Range", answer.reply.headers.get("content-range", "")[:80]),
             ("Size", f"{sample.size} bytes" if sample.size is not None else ""), ("It said", said))
    return tuple((name, value) for name, value in pairs if value)


CHECKS: tuple[Check, ...] = (
    Check("artifacts", LAYER, "Screenshots by id", look_at_pictures, seconds=15.0, needs=("key",)),
    Check("recording", LAYER, "Recordings, piece by piece", look_at_recordings, seconds=15.0, needs=("key",)),
    Check("artifact-server", LAYER, "The file server", look_at_file_server, seconds=15.0, needs=("key",)),
)
