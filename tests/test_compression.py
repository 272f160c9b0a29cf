from __future__ import annotations

import gzip

from skyvern_ui.compression import MOST_BLUR, WORTH_IT, gzipped

from .support.people import Browser

GZIP = {"Accept-Encoding": "gzip, br"}


def test_a_page_is_compressed_for_whoever_takes_it_and_stays_the_same_page(nobody: Browser) -> None:
    packed, plain = nobody.client.get("/setup/nowhere", headers=GZIP), nobody.client.get("/setup/nowhere")
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data) / 2
    assert b"<h1" in gzip.decompress(packed.data) and b"</html>" in plain.data


def test_whoever_refuses_gzip_gets_none(nobody: Browser) -> None:
    answer = nobody.client.get("/setup/nowhere", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in answer.headers and b"</html>" in answer.data


def test_data_passes_as_it_is(nobody: Browser) -> None:
    answer = nobody.client.get("/api/setup/status", headers=GZIP)
    assert "Content-Encoding" not in answer.headers and answer.get_json() == {"needsSetup": False}


def test_the_length_of_a_page_is_blurred() -> None:
    page = b"<p>the same page</p>" * WORTH_IT
    lengths = {len(gzipped(page)) for _ in range(200)}
    assert len(lengths) > 20 and max(lengths) - min(lengths) <= MOST_BLUR
    assert {gzip.decompress(gzipped(page)) for _ in range(20)} == {page}


def test_a_static_file_does_not_vary_by_cookie(nobody: Browser) -> None:
    nobody.token()
    answer = nobody.client.get("/static/app.css", headers=GZIP)
    assert answer.headers["Vary"] == "Accept-Encoding" and "Set-Cookie" not in answer.headers
