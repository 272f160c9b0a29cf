"""A person at the editor of a workflow, who looks at cards and types into them."""

from __future__ import annotations

import re
from typing import Any

from tests.conformance.person import Person

BUSY = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"


class Workshop:
    """The editor as it is open in a person's browser. Every change waits until the draft has it."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    def begin(self) -> None:
        """An empty workflow that Skyvern does not know yet."""
        self.person.open("/workflows/new")
        self.person.press("form[action='/workflows/drafts'] [type=submit]")
        self._ready()

    def edit(self, workflow_id: str) -> None:
        self.person.open(f"/workflows/{workflow_id}/edit")
        self._ready()

    def add(self, block_type: str, place: str) -> str:
        """A new block at a place as the page names it (`end:first`, `after:label`, …); its label."""
        before = set(self.labels)
        self.page.locator(f".editor a[href$='/kinds?place={place}']").click()
        self.page.click(f"#editor-dialog #picker [name=block_type][value={block_type}]")
        made = str(self.person.until(lambda: next(iter(set(self.labels) - before), ""), 15, f"the new {block_type}"))
        self.page.wait_for_selector(f"{self.card(made)} > .block__body form[data-autosave]")
        return made

    def fill(self, label: str, field: str, text: str) -> None:
        """Opens a card if need be and types into one of its boxes."""
        card = self.page.locator(self.card(label))
        if not card.locator("> .block__body form[data-autosave]").count():
            card.locator("> .block__head .block__open").click()
        self._keep(card.locator(f"> .block__body [name='f.{field}']"), text, "/edit/block")

    def ask_for(self, key: str, kind: str, default: str = "") -> None:
        """One more input of the workflow."""
        self.show("parameters")
        self.page.fill("#new-key", key)
        self.page.click(".params__add [type=submit]")
        form = self.page.locator(".params__body form[data-autosave]", has=self.page.locator(f"[name=key][value={key}]"))
        form.wait_for()
        self._settled()
        if kind != "string":
            with self.page.expect_response(re.compile(r"/edit/parameter\?key=")):  # its form is another one now
                form.locator("[name='f.workflow_parameter_type']").select_option(kind)
            self._settled()
        if default:
            self._keep(form.locator("[name='f.default_value']"), default, "/edit/parameter")

    def call_it(self, title: str) -> None:
        self.show("settings")
        self._keep(self.page.locator("#settings-title"), title, "/edit/settings")

    def show(self, side: str) -> None:
        """One of the parts beside the blocks."""
        if not self.page.locator(f"#editor-side[data-shown={side}]").count():
            self.page.click(f".editor__tabs [data-side={side}]")
            self.page.wait_for_selector(f"#editor-side[data-shown={side}]")

    def save(self) -> str:
        """Looks at the difference and saves; what the page of differences said."""
        self.page.wait_for_load_state("networkidle")
        self.person.press("#save")
        said = self.person.words
        self.person.press("main form[action$='/edit/save'] .btn--primary")
        return said

    @property
    def labels(self) -> list[str]:
        """The labels of all blocks, from above to below."""
        return [str(each) for each in self.page.eval_on_selector_all(
            "#editor-blocks .block", "cards => cards.map(card => card.dataset.label)")]

    @property
    def problems(self) -> list[str]:
        return list(self.page.locator("#editor-blocks .block__problem").all_inner_texts())

    def card(self, label: str) -> str:
        return f".block[data-label='{label}']"

    def _keep(self, box: Any, text: str, route: str) -> None:
        """Types it and leaves the box, until the server has answered what is in the draft now."""
        with self.page.expect_response(re.compile(f"{route}$")) as kept:
            box.fill(text)
            box.blur()
        assert kept.value.ok, f"{route}: {kept.value.status}"

    def _settled(self) -> None:
        """htmx has put in what it fetched: before that a change of its boxes is not heard."""
        self.page.locator(BUSY).first.wait_for(state="detached")

    def _ready(self) -> None:
        self.page.wait_for_selector("#editor[data-ready]")
