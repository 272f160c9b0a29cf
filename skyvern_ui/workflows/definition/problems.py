"""Everything that is wrong with a document, before Skyvern says so: at the card, in words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .block_rules import JUDGES
from .catalogue import Kind, kind_of
from .flow_rules import judge_flow
from .jinja import has_jinja, mistake, names_in
from .message_rules import judge_secrets
from .parameter_rules import judge_parameters
from .positions import positions
from .problem import Place, Problem
from .setting_rules import judge_finally, judge_settings, judge_version
from .soundness import sound
from .value_rules import judge_fields, texts_in
from .walk import every_block, top

__all__ = ["Problem", "problems"]

Json = dict[str, Any]
# What Skyvern and Jinja know by themselves.
KNOWN = frozenset({
    "current_item", "current_value", "current_index", "current_date", "workflow_title", "workflow_id",
    "workflow_permanent_id", "workflow_run_id", "workflow_run_outputs", "workflow_run_summary", "browser_session_id",
    "range", "dict", "lipsum", "cycler", "joiner", "namespace"})


def problems(document: Any) -> list[Problem]:
    """What is wrong: of the settings, the parameters and the blocks, in that order. Never raises on any JSON, and
    leaves it alone. Types, choices and keys that 1.0.56 does not have never stop: a newer Skyvern may have them."""
    settings = Place("settings", "")
    found = sound(document, settings)
    if found is None:
        return settings.found
    return _Judge(found, settings).all()


class _Judge:
    def __init__(self, document: Json, settings: Place) -> None:
        self.document, self.settings = document, settings
        self.definition: Json = document["workflow_definition"]
        self.blocks = list(every_block(document))
        self.outer = {id(block) for block in top(document)}
        self.labels = Counter(block["label"] for block in self.blocks if isinstance(block.get("label"), str))
        self.parameters: list[Json] = self.definition["parameters"]
        self.kinds = {str(each.get("key")): str(each.get("parameter_type")) for each in self.parameters}
        outputs = {f"{label}_output" for label in self.labels}
        self.keys = outputs | set(self.kinds)
        self.known = KNOWN | self.keys | set(self.labels)
        self.order = {label: place.order for label, place in positions(document).items()} if self._is_clear() else {}

    def all(self) -> list[Problem]:
        judge_settings(self.settings, self.document, self.definition)
        judge_finally(self.settings, self.definition, top(self.document))
        linked = judge_version(self.settings, self.definition, self._has_links())
        places = [self._block(block) for block in self.blocks]
        by_label = {place.name: place for place in reversed(places)}
        if linked and self._is_clear():
            judge_flow(top(self.document), lambda label: by_label[label], self.definition.get("finally_block_label"))
        return [*self.settings.found, *judge_parameters(self.parameters, self.labels),
                *(problem for place in places for problem in place.found)]

    def _has_links(self) -> bool:
        return any(block.get("block_type") == "conditional" or block.get("next_block_label") is not None
                   for block in top(self.document))

    def _is_clear(self) -> bool:
        """Whether labels are such that links can be followed."""
        return (bool(self.blocks) and all(isinstance(block.get("label"), str) for block in self.blocks)
                and max(self.labels.values()) == 1
                and all(isinstance(aim, str) for block in self.blocks for aim in _aims(block)))

    def _block(self, block: Json) -> Place:
        label = block.get("label")
        place = Place("block", label if isinstance(label, str) else "")
        self._label(place, label)
        aim = block.get("next_block_label")
        if aim is not None and not isinstance(aim, str):
            place.stop("next_block_label", "What comes next must be the label of a block.")
        kind_name = block.get("block_type")
        if not isinstance(kind_name, str) or not kind_name:
            (place.stop if id(block) in self.outer else place.warn)("block_type", "The type of the block is missing.")
            return place
        kind = kind_of(kind_name)
        if kind.category == "unknown":
            place.warn("block_type", f"Skyvern 1.0.56 has no blocks of type {kind_name[:40]}; a newer one may.")
            return place
        judge_fields(place, block, kind, ("steps", "loop_blocks") if kind_name == "code" else ("loop_blocks",))
        if kind.field("loop_blocks") and "loop_blocks" not in block:
            place.stop("loop_blocks", "The list of blocks in it is missing.")
        if kind_name in JUDGES:
            JUDGES[kind_name](place, block)
        if kind_name == "send_email":
            judge_secrets(place, block, self.kinds)
        self._references(place, block, kind_name)
        return place

    def _label(self, place: Place, label: Any) -> None:
        if not isinstance(label, str) or not label.strip():
            place.stop("label", "A block needs a label.")
        elif not label.isidentifier():
            place.stop("label", "A label has only letters, digits and _, and does not begin with a digit.")
        elif self.labels[label] > 1:
            place.stop("label", f"{self.labels[label]} blocks have the label {label}; each needs its own.")

    def _references(self, place: Place, block: Json, kind_name: str) -> None:
        listed = block.get("parameter_keys")
        if kind_of(kind_name).field("parameter_keys") and isinstance(listed, list):
            for key in listed:
                if isinstance(key, str) and key not in self.keys:
                    place.stop("parameter_keys", f"There is no parameter or output named {key[:60]}.")
        over = block.get("loop_over_parameter_key")
        if kind_name == "for_loop" and isinstance(over, str) and over and over not in self.keys:
            place.stop("loop_over_parameter_key", f"There is no parameter or output named {over[:60]}.")
        if kind_name == "workflow_trigger" and id(block) in self.outer and isinstance(block.get("payload"), dict):
            self._payload(place, block["payload"])
        if block.get("next_loop_on_failure") is True and id(block) in self.outer:
            place.warn("next_loop_on_failure", "This means something inside a loop only.")
        self._addresses(place, block, kind_of(kind_name))
        self._names(place, block)

    def _payload(self, place: Place, payload: Json) -> None:
        wrong = next((found for text in texts_in(list(payload.values()), keys=False)
                      if (found := mistake(text)) is not None), None)
        if wrong is not None:
            place.stop("payload", f"The braces in “Inputs” do not work out: {wrong[0][:80]}")

    def _names(self, place: Place, block: Json) -> None:
        for field, value in block.items():
            if field in ("loop_blocks", "label", "block_type") or value is None:
                continue
            for text in texts_in(value):
                names = names_in(text)
                missing = names - self.known
                if missing:
                    place.warn(field, f"There is no parameter or output named {sorted(missing)[0][:60]}.")
                    break
                later = self._later(block, names)
                if later is not None:
                    place.warn(field, f"The output of {later[:60]} is still empty here: that block runs later.")
                    break

    def _later(self, block: Json, names: frozenset[str]) -> str | None:
        """A block whose output is used here and that runs later; in loops that can be meant."""
        mine = self.order.get(str(block.get("label")))
        if mine is None or id(block) not in self.outer or block.get("block_type") == "while_loop":
            return None
        return next((label for name in sorted(names) if name not in self.kinds and self.order.get(
            label := name if name in self.labels else name.removesuffix("_output"), mine) > mine), None)

    def _addresses(self, place: Place, block: Json, kind: Kind) -> None:
        for field in kind.fields:
            said = block.get(field.name) if field.control == "address" else None
            if (isinstance(said, str) and said.strip() and not has_jinja(said) and said not in self.keys
                    and not any(sign in said for sign in ".:/")):
                place.warn(field.name, f"“{said.strip()[:60]}” is neither an address nor a parameter.")


def _aims(block: Json) -> list[Any]:
    ways = block.get("branch_conditions")
    holders = [block, *(way for way in ways if isinstance(way, dict))] if isinstance(ways, list) else [block]
    return [holder["next_block_label"] for holder in holders if holder.get("next_block_label") is not None]
