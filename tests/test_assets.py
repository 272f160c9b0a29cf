from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest
from flask import Flask

from skyvern_ui import assets


@pytest.fixture
def app() -> Flask:
    app = Flask("skyvern_ui", root_path=str(assets.STATIC.parent))
    assets.register(app)
    return app


def address(app: Flask, name: str) -> str:
    made = app.jinja_env.globals["asset"](name)
    assert isinstance(made, str)
    return made


def test_a_fingerprinted_address_may_be_kept_for_ever_and_any_other_may_not(app: Flask) -> None:
    client = app.test_client()
    assert client.get(address(app, "app.css")).headers["Cache-Control"] == assets.FOR_EVER
    assert client.get("/static/app.css?v=00000000").headers["Cache-Control"] == assets.FOR_A_WHILE
    assert client.get("/static/app.css").headers["Cache-Control"] == assets.FOR_A_WHILE


def test_gzip_only_for_those_who_ask_and_the_same_bytes_for_all(app: Flask) -> None:
    client = app.test_client()
    plain = client.get(address(app, "app.css"))
    squeezed = client.get(address(app, "app.css"), headers={"Accept-Encoding": "gzip, br"})
    refused = client.get(address(app, "app.css"), headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain.headers and "Content-Encoding" not in refused.headers
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == squeezed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(squeezed.data) == plain.data
    assert plain.headers["ETag"] != squeezed.headers["ETag"]


def test_a_known_etag_is_answered_without_a_body(app: Flask) -> None:
    client = app.test_client()
    first = client.get(address(app, "app.js"))
    again = client.get(address(app, "app.js"), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nothing.css", "../assets.py", "vendor/vendor.py", "vendor/README.md", "css"]
)
def test_what_is_not_an_asset_is_refused(app: Flask, name: str) -> None:
    with pytest.raises(assets.UnknownAsset):
        assets.load(name)
    assert app.test_client().get(f"/static/{name}").status_code == 404


def test_scripts_and_styles_have_the_type_that_nosniff_demands(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/static/app.js").content_type.startswith("text/javascript")
    assert client.get("/static/app.css").content_type.startswith("text/css")
    assert client.get("/static/icons.svg").content_type.startswith("image/svg+xml")


def test_a_behaviour_imports_and_exports_nothing_so_that_it_can_be_bundled() -> None:
    for path in (assets.STATIC / "js" / "behaviours").glob("*.js"):
        assert not re.search(r"^\s*(import\s+[\w{*'\"]|export\b)", path.read_text(), re.MULTILINE), path.name


def test_what_we_wrote_travels_without_what_only_readers_want() -> None:
    style = (b'/* A head. */\n.a,  .b :is(c, d) {\n  margin: 0 auto; --x: "a: b; { /* c */ }";\n}\n\n'
             b'  /* last */ .e { color: red; }\n')
    assert assets.lean(style, "app.css") == (
        b'.a,.b :is(c,d){\nmargin:0 auto;--x:"a: b; { /* c */ }";\n}\n/* last */ .e{color:red;}')
    script = b"// Words.\nconst a = b; // more\n\n  run({ a, b: `// ${c ? ` d ` : 0}` });\n"
    assert assets.lean(script, "app.js") == b"const a = b; // more\nrun({ a, b: `// ${c ? ` d ` : 0}` });"
    for name in ("app.css", "app.js"):
        assert not re.search(rb"^(\s|//|/\*[^*]*\*/$)", assets.load(name).body, re.MULTILINE), name


def test_no_text_of_a_script_goes_over_lines_because_lines_are_trimmed() -> None:
    for path in (assets.STATIC / "js").rglob("*.js"):
        for line in path.read_text().splitlines():
            assert line.count("`") % 2 == 0, f"{path.name}: {line}"


def test_every_stylesheet_is_in_the_declared_order() -> None:
    names = {path.stem for path in (assets.STATIC / "css").glob("*.css")}
    assert names == set(assets.CSS_ORDER)


def test_vendored_files_are_the_ones_the_manifest_records() -> None:
    recorded = json.loads((assets.STATIC / "vendor" / "manifest.json").read_text())
    for name, facts in recorded.items():
        found = hashlib.sha256((assets.STATIC / name).read_bytes()).hexdigest()
        assert found == facts["sha256"], name
    files = [path for path in (assets.STATIC / "vendor").glob("*-*/**/*") if path.is_file()]
    assert {path.relative_to(assets.STATIC).as_posix() for path in files} <= set(recorded)


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (assets.STATIC / "icons.svg").read_text()))
    for path in (assets.STATIC.parent / "templates").rglob("*.html"):
        text = path.read_text()
        named = set(re.findall(r"""\bicon\(\s*["']([\w-]+)["']""", text))
        named |= set(re.findall(r"""icon_name=["']([\w-]+)["']""", text))
        assert named <= drawn, (path.name, named - drawn)


def test_the_first_load_stays_under_its_budget() -> None:
    first = ["app.css", "app.js", "icons.svg", "mark.svg", "vendor/htmx.org-2.0.10/htmx.min.js",
             "vendor/idiomorph-0.8.0/idiomorph-ext.min.js"]  # fmt: skip
    total = sum(len(assets.load(name).squeezed or b"") for name in first)
    assert total < 65_000  # leaves 15 kB for the page itself
