"""A form that was sent, read as changes to a block, a parameter or the settings: only what is different is written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..definition.catalogue import Field
from .values import BOOLEANS, Unreadable, as_json, emptied, is_lines, plain, text_of, value_of

Json = dict[str, Any]
REST = "rest"
NO_BOX = ("blocks",)  # is not typed: the cards inside are


class Sent(Protocol):
    """What was sent: werkzeug's MultiDict is one."""

    def __contains__(self, name: object) -> bool: ...
    def getlist(self, key: str) -> list[str]: ...


@dataclass
class Reading:
    """`changes` to make (`...` takes a key away), `errors` by field, in words. Fields with errors change nothing."""

    changes: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def box(name: str) -> str:
    """The name of a field's box in the form."""
    return f"f.{name}"


def read_form(fields: tuple[Field, ...], holder: Json, sent: Sent, hidden: frozenset[str] = frozenset()) -> Reading:
    """What the form changes in `holder`; keys in `hidden` are neither fields nor to be written as other fields."""
    reading = Reading()
    for each in fields:
        if each.control in NO_BOX:
            continue
        try:
            value = _read(each, holder, sent)
        except Unreadable as error:
            reading.errors[each.name] = str(error)
            continue
        if value is not Same:
            reading.changes[each.name] = value
    _read_rest(fields, holder, sent, hidden, reading)
    return reading


def rest_of(fields: tuple[Field, ...], holder: Json, hidden: frozenset[str]) -> Json:
    """What the holder has beside the fields that are described: kept, and edited as JSON."""
    names = {each.name for each in fields}
    return {key: value for key, value in holder.items() if key not in names and key not in hidden}


def is_rows(value: Any) -> bool:
    """Whether a map can be shown as rows of names and values."""
    return value is None or isinstance(value, dict)


def row_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Same:
    """Says that nothing was changed; no value of JSON is it."""


def _read(each: Field, holder: Json, sent: Sent) -> Any:
    was = holder.get(each.name)
    name = box(each.name)
    if each.control == "branches" and isinstance(was, list):
        return _branches(was, sent, name)
    if each.control == "condition" and (was is None or isinstance(was, dict)):
        return _condition(was or {}, sent, name)
    if each.control == "map" and is_rows(was):
        return _map(each, was or {}, sent, name)
    if name not in sent:
        return Same
    texts = [plain(text) for text in sent.getlist(name)]
    if each.control == "parameters" and (was is None or is_lines(was)):
        return _chosen(each, was or [], texts)
    if each.control == "secret":
        return _secret(each, was, texts[-1], f"{name}.clear" in sent)
    if each.control == "flag" and (was is None or isinstance(was, bool)):
        return _flag(each, holder, texts[-1])
    if texts[-1] == plain(text_of(each, was)):
        return Same
    return value_of(each, texts[-1], holder)


def _flag(each: Field, holder: Json, text: str) -> Any:
    was = holder.get(each.name)
    shown = each.default if was is None else was
    value = BOOLEANS.get(text, None if each.default is None else False)
    if value == shown:
        return Same
    return emptied(each) if value is None else value


def _secret(each: Field, was: Any, text: str, clears: bool) -> Any:
    if clears:
        return emptied(each)
    if not text and isinstance(was, str) and "{{" in was:
        return emptied(each)  # a reference is no secret: it was shown, and was taken out
    return Same if not text or text == plain(text_of(each, was)) else text


def _chosen(each: Field, was: list[str], texts: list[str]) -> Any:
    chosen = [text for text in dict.fromkeys(texts) if text]
    if set(chosen) == set(was):
        return Same
    ordered = [key for key in was if key in chosen]
    ordered += [key for key in chosen if key not in was]
    return ordered or emptied(each)


def _map(each: Field, was: Json, sent: Sent, name: str) -> Any:
    if f"{name}.key" not in sent:
        return Same
    keys = [plain(key).strip() for key in sent.getlist(f"{name}.key")]
    values = [plain(text) for text in sent.getlist(f"{name}.value")]
    rows = [(key, text) for key, text in zip(keys, values, strict=False) if key or text.strip()]
    if any(not key for key, _ in rows):
        raise Unreadable("Each value needs a name.")
    names = Counter(key for key, _ in rows)
    if len(names) < len(rows):
        raise Unreadable(f"{names.most_common(1)[0][0]} is there twice.")
    if rows == [(key.strip(), plain(row_text(value))) for key, value in was.items()]:
        return Same
    value = {key: was[key] if key in was and plain(row_text(was[key])) == text else text for key, text in rows}
    return value or (emptied(each) if each.default != {} else {})


def _branches(was: list[Any], sent: Sent, name: str) -> Any:
    now = [_branch(branch, sent, f"{name}.{index}") if isinstance(branch, dict) else branch
           for index, branch in enumerate(was)]
    return Same if now == was else now


def _branch(branch: Json, sent: Sent, name: str) -> Json:
    if f"{name}.kind" not in sent:
        return branch
    kind = sent.getlist(f"{name}.kind")[-1]
    changed = dict(branch)
    if kind == "default":
        if not branch.get("is_default"):
            changed["is_default"], changed["criteria"] = True, None
    else:
        criteria = branch.get("criteria")
        read = _condition(criteria if isinstance(criteria, dict) else {}, sent, name)
        if read is not Same or branch.get("is_default"):
            usual = criteria or {"criteria_type": kind, "expression": ""}
            changed["criteria"] = usual if read is Same else read
            if branch.get("is_default"):
                changed["is_default"] = False
    return _described(changed, sent, name)


def _condition(was: Json, sent: Sent, name: str) -> Any:
    if f"{name}.kind" not in sent:
        return Same
    kind = sent.getlist(f"{name}.kind")[-1]
    if kind not in ("jinja2_template", "prompt"):
        return Same
    changed = dict(was)
    if kind != (was.get("criteria_type") or "jinja2_template"):
        changed["criteria_type"] = kind
    text = plain(sent.getlist(f"{name}.expression")[-1]) if f"{name}.expression" in sent else ""
    if text != plain(str(was.get("expression") or "")):
        changed["expression"] = text
        changed.setdefault("criteria_type", kind)
    return Same if changed == was else changed


def _described(branch: Json, sent: Sent, name: str) -> Json:
    text = plain(sent.getlist(f"{name}.description")[-1]) if f"{name}.description" in sent else None
    if text is not None and text != plain(str(branch.get("description") or "")):
        branch["description"] = text or None
    return branch


def _read_rest(fields: tuple[Field, ...], holder: Json, sent: Sent, hidden: frozenset[str], reading: Reading) -> None:
    if REST not in sent:
        return
    rest = rest_of(fields, holder, hidden)
    text = plain(sent.getlist(REST)[-1])
    if text == plain(as_json(rest) if rest else ""):
        return
    try:
        value = value_of(Field("", "json", ""), text, {}) or {}
    except Unreadable as error:
        reading.errors[REST] = str(error)
        return
    taken = [key for key in value if key in hidden or key in {each.name for each in fields}]
    if taken:
        reading.errors[REST] = f"{taken[0]} has a place of its own and cannot be set here."
        return
    reading.changes |= {key: ... for key in rest if key not in value}
    reading.changes |= {key: each for key, each in value.items() if key not in rest or rest[key] != each}
