"""Artifact bytes on our origin: to look at or to keep, never to run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.relay.artifact import (
    artifact_headers,
    artifact_id_in,
    content_disposition,
    expect_bytes,
    refuse_as_code,
)
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import answering, ok
from tests.relay.test_http import HEADERS, pool_for


def shown(content_type: str, **options: object) -> tuple[str, str]:
    headers = dict(artifact_headers([("content-type", content_type)], **options))  # type: ignore[arg-type]
    assert headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, max-age=3600"
    return headers["content-type"], headers["content-disposition"].partition(";")[0]


@pytest.mark.parametrize(
    "kind", ["image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm", "audio/webm"]
)
def test_pictures_films_and_sound_are_shown(kind: str) -> None:
    assert shown(kind) == (kind, "inline")
    assert shown(kind.upper() + "; charset=binary") == (kind, "inline")


@pytest.mark.parametrize(
    "kind",
    [
        "text/html", "TEXT/HTML", "text/html;x=", "image/svg+xml", "application/xml", "text/xml",
        "application/xhtml+xml", "application/pdf", "multipart/related", "image/png, text/html", "text/css",
        "application/javascript", "application/json", "", "x", "image/png text/html", "text/plain, text/html",
        "application/octet-stream",
    ],
)  # fmt: skip
def test_everything_else_is_a_download_or_plain_text(kind: str) -> None:
    assert shown(kind) == ("application/octet-stream", "attachment")
    assert shown(kind, as_source=True) == ("text/plain; charset=utf-8", "inline")


def test_plain_text_is_shown_as_utf_8() -> None:
    assert shown("text/plain; charset=utf-7") == ("text/plain; charset=utf-8", "inline")


def test_no_type_at_all_is_a_download() -> None:
    assert dict(artifact_headers([]))["content-type"] == "application/octet-stream"


def test_skyverns_word_for_an_artifact_beats_its_content_type() -> None:
    assert shown("application/json", artifact_type="screenshot") == ("image/png", "inline")
    assert shown("text/html", artifact_type="html_scrape") == ("application/octet-stream", "attachment")
    assert shown("video/webm", artifact_type="recording") == ("video/webm", "inline")


def test_only_framing_and_validators_are_taken_over() -> None:
    upstream = [
        ("content-type", "image/png"), ("content-length", "5"), ("content-range", "bytes 0-4/9"), ("etag", '"e"'),
        ("accept-ranges", "bytes"), ("last-modified", "x"), ("set-cookie", "a=b"), ("cache-control", "public"),
        ("content-disposition", "inline; filename=x.html"), ("x-amz-request-id", "1"), ("content-encoding", "gzip"),
    ]  # fmt: skip
    headers = artifact_headers(upstream, filename="a.png")
    assert {name for name, _ in headers} == {
        "content-type", "content-disposition", "content-length", "content-range", "etag", "accept-ranges",
        "last-modified", "content-security-policy", "x-content-type-options", "cross-origin-resource-policy",
        "cache-control",
    }  # fmt: skip
    assert len(headers) == len(dict(headers))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, "attachment"),
        ("", "attachment"),
        ("..", "attachment"),
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("../../etc/passwd", 'attachment; filename="etc_passwd"'),
        ('a"; filename="b.exe', 'attachment; filename="a_ filename=_b.exe"'),
        ("a\r\nX-Evil: 1", 'attachment; filename="a_X-Evil_ 1"'),
        ("\u202egpj.exe", 'attachment; filename="gpj.exe"'),
        ("grüße.txt", "attachment; filename=\"gr__e.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt"),
    ],
)
def test_a_file_name_cannot_break_out(name: str | None, expected: str) -> None:
    assert content_disposition("attachment", name) == expected


@given(st.text(max_size=300))
def test_any_file_name_gives_one_printable_line(name: str) -> None:
    line = content_disposition("attachment", name)
    assert line.isascii() and line.isprintable() and len(line) < 2200
    assert line.count('"') in (0, 2) and "/" not in line and "\\" not in line


@pytest.mark.parametrize(
    "purpose",
    ["script", "style", "worker", "sharedworker", "serviceworker", "object", "embed", "frame", "iframe", "manifest",
     "xslt", " SCRIPT "],
)  # fmt: skip
def test_bytes_are_refused_as_code_or_frame(purpose: str) -> None:
    with pytest.raises(errors.Blocked):
        refuse_as_code({"Sec-Fetch-Dest": purpose})


def test_a_service_worker_script_is_refused_and_a_picture_is_not() -> None:
    with pytest.raises(errors.Blocked):
        refuse_as_code({"Service-Worker": "script"})
    for purpose in ("image", "video", "audio", "document", "empty", ""):
        refuse_as_code({"Sec-Fetch-Dest": purpose})
    refuse_as_code({})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://api.skyvern.com/v1/artifacts/a_123/content?expiry=1&kid=k&sig=s", "a_123"),
        ("http://10.0.0.1:8000/base/v1/artifacts/a_9/content", "a_9"),
        ("file:///data/artifacts/o_1/tsk_1/01_0_stp_1/2026-11-21T03:43:58_a_4455_screenshot_final.png", "a_4455"),
        ("https://bkt.s3.amazonaws.com/x/2026_a_77_html.html?X-Amz=_a_88_", "a_77"),
        ("https://api.skyvern.com/v1/artifacts/../a_1/content", None),
        ("https://api.skyvern.com/v1/artifacts/x_1/content", None),
        ("file:///data/artifacts/o_1/a_5_x/recording.webm", None),
        ("file:///data/x_a_1_/run.webm", None),
        ("", None),
        ("javascript:_a_1", None),
    ],
)
def test_the_id_inside_a_url_is_found(url: str, found: str | None) -> None:
    assert artifact_id_in(url) == found


@pytest.mark.parametrize(("status", "error"), [(403, errors.Rejected), (404, errors.Missing), (500, errors.Failed)])
def test_an_error_of_the_storage_is_named_without_its_body(status: int, error: type[errors.SkyvernError]) -> None:
    said = ok(b"<Error>signed request</Error>").replace(b"200 OK", b"%d No" % status)
    with answering(said) as server:
        answer = pool_for(server).open("GET", "/", HEADERS, first_byte=2, total=2)
        with pytest.raises(error) as caught:
            expect_bytes(answer)
        assert "signed" not in caught.value.sentence
