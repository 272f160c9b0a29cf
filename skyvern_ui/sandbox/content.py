"""Artifact reads and uploads: bytes with ranges, in both directions."""

from __future__ import annotations

import hashlib
import re

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.artifacts import Artifact, artifact_document, find_artifact
from skyvern_ui.sandbox.bodies import the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid

blueprint = Blueprint("content", __name__)
LARGEST_UPLOAD = 30 * 1024 * 1024  # bytes
SINGLE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@blueprint.get("/v1/artifacts/<artifact_id>")
def show_artifact(artifact_id: str) -> ResponseReturnValue:
    return jsonify(artifact_document(the_world(), _find(artifact_id)))


@blueprint.get("/v1/artifacts/<artifact_id>/signed-url")
def show_signed_url(artifact_id: str) -> ResponseReturnValue:
    artifact = _find(artifact_id)
    return jsonify({"artifact_id": artifact_id, "signed_url": artifact.uri, "expires_at": None})


@blueprint.get("/v1/artifacts/<artifact_id>/content")
def show_content(artifact_id: str) -> ResponseReturnValue:
    artifact = _find(artifact_id)
    whole = artifact.read()
    disposition = "attachment; filename=\"order.csv\"; filename*=UTF-8''order.csv" \
        if artifact.kind == "download" else "inline"
    answer = Response(headers={"accept-ranges": "bytes", "cache-control": "private, no-cache",
                               "content-disposition": disposition, "x-content-type-options": "nosniff"})
    wanted = SINGLE_RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    answer.mimetype = artifact.media_type
    if artifact.media_type == "text/html":
        answer.headers["content-security-policy"] = "sandbox; default-src 'none'"
    if wanted is None or wanted.group(0) == "bytes=-":
        answer.data = whole
        return answer
    first, last = _bounds(wanted, len(whole))
    if first > last:
        answer.status_code, answer.headers["content-range"] = 416, f"bytes */{len(whole)}"
        del answer.headers["content-type"]
        return answer
    answer.status_code, answer.data = 206, whole[first:last + 1]
    answer.headers["content-range"] = f"bytes {first}-{last}/{len(whole)}"
    return answer


@blueprint.post("/api/v1/upload_file")
@blueprint.post("/v1/upload_file", endpoint="upload_file_v1")
def upload_file() -> ResponseReturnValue:
    world, sent = the_world(), request.files.get("file")
    if sent is None:
        raise invalid(("body", "file"), "missing", "Field required", None)
    size, digest = 0, hashlib.sha256()
    while chunk := sent.stream.read(65536):
        size += len(chunk)
        digest.update(chunk)
        if size > LARGEST_UPLOAD:
            raise Refusal(413, f"File size exceeds the limit of {LARGEST_UPLOAD} bytes.")
    file_id = world.new_id("file")
    world.uploads.append({"file_id": file_id, "name": sent.filename, "size": size, "sha256": digest.hexdigest()})
    address = f"file:///data/artifacts/local/{world.organization_id}/{file_id}"
    return jsonify({"s3_uri": address, "presigned_url": address, "file_id": file_id, "expires_at": None})


def _find(artifact_id: str) -> Artifact:
    artifact = find_artifact(the_world(), artifact_id)
    if artifact is None:
        raise Refusal(404, f"Artifact not found {artifact_id}")
    return artifact


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    if wanted[1] == "":
        return max(0, size - int(wanted[2])), size - 1 if int(wanted[2]) else -1
    first, last = int(wanted[1]), int(wanted[2]) if wanted[2] else size - 1
    return (first, min(last, size - 1)) if first < size else (1, 0)
