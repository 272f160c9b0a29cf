"""Ada (admin), Ben (member), Cleo (member, a stranger to Ben's runs) and nobody, each with a browser of their own."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from skyvern_ui.auth.passwords import hash_password
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Account, Installation, User

PASSWORD = "correct horse battery staple"
HASHED = hash_password(PASSWORD)
PEOPLE = {"ada": ("Ada", "admin"), "ben": ("Ben", "user"), "cleo": ("Cleo", "user")}


class Page:
    """An answer with its HTML parsed, after the checks that every page must pass."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.get_data(as_text=True)
        self.html = BeautifulSoup(self.text, "html.parser")
        if response.mimetype == "text/html":
            check_every_page(self)

    @property
    def words(self) -> str:
        """The visible text, its white space folded."""
        return " ".join(self.html.get_text(" ").split())

    def one(self, selector: str) -> Any:
        """The only element for this selector."""
        found = self.html.select(selector)
        assert len(found) == 1, f"{selector}: {len(found)} found in {self.words[:300]}"
        return found[0]

    def all(self, selector: str) -> list[Any]:
        return list(self.html.select(selector))


class Browser:
    """A person's browser: keeps cookies, sends Origin, fills in the token of forms."""

    def __init__(self, app: Flask, name: str | None = None) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.name = name
        self._token: str | None = None

    def get(self, path: str, **options: Any) -> Page:
        return Page(self.client.get(path, **options))

    def post(self, path: str, data: dict[str, Any] | None = None, htmx: bool = False, **headers: str) -> Page:
        sent = {"Origin": "http://localhost", **({"HX-Request": "true"} if htmx else {}), **headers}
        return Page(self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, headers=sent))

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Origin": "http://localhost", **headers}
        return self.client.open(path, method=method, json=body, headers=sent) if body is not None else \
            self.client.open(path, method=method, headers=sent)

    def token(self) -> str:
        if self._token is None:
            text = self.client.get("/account" if self.name else "/login", follow_redirects=True).get_data(as_text=True)
            found = re.search(r'name="csrf_token" value="([^"]+)"', text)
            assert found, "a page without a form token"
            self._token = found.group(1)
        return self._token

    def sign_in(self, email: str, password: str = PASSWORD, **data: str) -> Page:
        page = self.post("/login", {"email": email, "password": password, **data})
        self._token = None
        return page

    @property
    def cookie(self) -> str | None:
        found = self.client.get_cookie("skyvern_ui")
        return found.value if found else None


def add_people(app: Flask, hashed: str = HASHED) -> None:
    """Ada, Ben and Cleo, all with the same password, in an installation that is set up."""
    with app.app_context(), writing() as session:
        for key, (name, role) in PEOPLE.items():
            session.add(User(id=f"user-{key}", name=name, email=f"{key}@example.com", role=role))
            session.flush()
            session.add(Account(account_id=f"user-{key}", provider_id="credential", user_id=f"user-{key}",
                                password=hashed))
        session.add(Installation(id=1, claimed_by="user-ada"))
    with app.app_context():
        db.session.remove()


def check_every_page(page: Page) -> None:
    """A title, unique ids, a token in each form, nothing inline, only relative addresses."""
    html = page.html
    is_whole = html.find("html") is not None and "Redirecting" not in page.text[:200]
    if is_whole:
        assert html.title and html.title.get_text(strip=True), "a page without a title"
        assert html.find("main"), "a page without <main>"
        nonce = re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
        assert nonce
        for script in html.find_all("script"):
            assert script.get("nonce") == nonce.group(1) and not script.string, "a script without our nonce"
    else:
        assert not html.find_all("script"), "a script in a fragment"
    ids = [tag["id"] for tag in html.find_all(id=True)]
    assert len(ids) == len(set(ids)), f"the same id twice: {sorted(i for i in set(ids) if ids.count(i) > 1)}"
    for form in html.find_all("form", method=re.compile("post", re.I)):
        assert form.find("input", {"name": "csrf_token"}), f"a form without a token: {form.get('action')}"
    for tag in html.find_all(True):
        for name, value in tag.attrs.items():
            assert name != "style" and not name.startswith(("on", "hx-on")), f"inline {name} in <{tag.name}>"
            if name in ("href", "src", "action", "hx-get", "hx-post", "formaction"):
                assert not str(value).lower().startswith(("javascript:", "//", "http:", "https:")), f"{name}={value}"
