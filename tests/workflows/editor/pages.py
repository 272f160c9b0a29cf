"""The editor as a person without scripts uses it, and as its script does."""

from __future__ import annotations

from typing import Any

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page

Json = dict[str, Any]


class Desk:
    """One workflow on one person's desk."""

    def __init__(self, person: Browser, wpid: str) -> None:
        self.person, self.wpid, self.base = person, wpid, f"/workflows/{wpid}/edit"

    def get(self, path: str = "") -> Page:
        return self.person.get(self.base + path)

    def post(self, path: str, htmx: bool = True, **data: Any) -> Page:
        return self.person.post(f"{self.base}/{path}", {key.replace("__", "."): value for key, value in data.items()},
                                htmx=htmx)

    def seen(self, label: str) -> str:
        """What the form of a block was drawn from."""
        return str(self.get(f"/block?label={label}").one('input[name="seen"]')["value"])

    def type(self, label: str, htmx: bool = True, seen: str | None = None, **fields: str) -> Page:
        """Types into the form of a block."""
        return self.post("block", htmx, label=label, seen=seen or self.seen(label),
                         **{f"f__{name}": text for name, text in fields.items()})

    @property
    def labels(self) -> list[str]:
        """The blocks from above to below."""
        return [card["data-label"] for card in self.get().all(".block")]

    @property
    def text(self) -> str:
        return str(self.get("/side?side=text").one("textarea").get_text())

    def save(self, **more: Any) -> Page:
        position = self.get("/save").one('input[name="position"]')["value"]
        return self.post("save", False, **{"position": position, **more})


def stored(sandbox: Sandbox, wpid: str) -> Json:
    """The newest version at Skyvern."""
    found: Json = sandbox.call("GET", f"/api/v1/workflows/{wpid}").json()
    return found


def block(workflow: Json, label: str) -> Json:
    return next(each for each in workflow["workflow_definition"]["blocks"] if each["label"] == label)
