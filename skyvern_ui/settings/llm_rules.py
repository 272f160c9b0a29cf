"""Models registered with Skyvern: what a change would do, doing it, and making sure afterwards that it was done.

Skyvern keeps no history and no lock: whoever writes last wins. So every change names the state it was made for, and is
refused when that state is gone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..audit import SECRET_WORDS, Actor
from ..llm.base import same_origin
from ..recorded import send_recorded
from ..sealed import CannotOpen, Sealer, fingerprint
from ..skyvern.client import Skyvern
from ..skyvern.values.llm import MASK, PROVIDERS, CustomLlm, DefaultLlms

DRAFT_SECONDS = 3600.0
NO_KEY = "not-needed"  # Skyvern insists on a key where a server asks for none
LABELS = {
    "display_name": "Name", "provider": "Provider", "model_name": "Model", "api_base": "Address", "api_key": "Key",
    "api_version": "Version of the API", "supports_vision": "It sees pictures",
    "add_assistant_prefix": "Begin its answer for it", "max_completion_tokens": "Most tokens of an answer",
    "temperature": "Temperature", "reasoning_effort": "Reasoning effort", "extra_parameters": "More parameters",
}


class Changed(Exception):
    """Somebody else changed it meanwhile. The text is a sentence."""


class Unverified(Exception):
    """Skyvern took it and then shows something else. The text is a sentence; `llm` what it shows, if anything."""

    def __init__(self, sentence: str, llm: CustomLlm | None = None) -> None:
        super().__init__(sentence)
        self.llm = llm


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that was shown and not yet made. `llm_id` is empty for a new model; `seen` is the version it changes;
    `config` holds the key, or Skyvern's mask to keep it."""

    llm_id: str
    seen: str
    config: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The key that was entered; None when the stored one stays."""
        key = self.config.get("api_key")
        return None if key in (None, MASK) else str(key)


def seal_draft(sealer: Sealer, draft: Draft, person_id: str) -> str:
    """The change as text that only this person can hand back, within the hour. It holds the key, sealed."""
    text = json.dumps([time.time(), draft.llm_id, draft.seen, draft.config])
    return sealer.seal(text, _place("llm_draft", person_id))


def open_draft(sealer: Sealer, sealed: str, person_id: str) -> Draft | None:
    """The change again; None when it is not this person's, or too old."""
    try:
        when, llm_id, seen, config = json.loads(sealer.open(sealed, _place("llm_draft", person_id)))
    except (CannotOpen, ValueError):
        return None
    return Draft(llm_id, seen, config) if time.time() - when < DRAFT_SECONDS else None


def seal_entered(sealer: Sealer, key: str, base: str, person_id: str) -> str:
    """A key that was entered in a form which has to be shown again, bound to the address it was entered for."""
    return sealer.seal(json.dumps([base, key]), _place("llm_entered", person_id))


def open_entered(sealer: Sealer, sealed: str, base: str, person_id: str) -> str:
    """The key again, if it was entered for this address; else nothing."""
    try:
        was, key = json.loads(sealer.open(sealed, _place("llm_entered", person_id)))
    except (CannotOpen, ValueError):
        return ""
    return str(key) if same_origin(str(was), base) else ""


def needs_key(provider: str) -> bool:
    """Whether Skyvern refuses this provider without a key."""
    return provider != "ollama"


def may_keep_key(old: CustomLlm, provider: str, base: str | None) -> bool:
    """Whether the key that Skyvern has may go on: a stored key is never sent to another address."""
    if not old.has_key:
        return not needs_key(provider)
    return provider == old.provider and same_origin(old.api_base or "", base or old.api_base or "")


def changes_of(old: CustomLlm | None, config: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a change would do, as label, before and after; for a new model everything that is set. Never a key."""
    found = []
    for name, label in LABELS.items():
        before, after = _shown(name, _value(old, name)) if old else "", _shown(name, config.get(name))
        if name == "api_key":
            before = "set" if old and old.has_key else "none" if old else ""
            kept = config.get(name) == MASK or (config.get(name) is None and old is not None)
            after = before if kept else after
        if before != after and (old is not None or after != "no"):
            found.append((label, before, after))
    return found


def create(skyvern: Skyvern, draft: Draft, actor: Actor) -> CustomLlm:
    """Registers a model and reads it back. Raises Changed when one like it exists already (a second press), Unverified,
    and what `send_recorded` raises."""
    for each in skyvern.list_custom_llms():
        if not _differing(each, draft.config):
            raise Changed(f"“{each.display_name}” is registered already, exactly like this.")
    made = send_recorded(lambda: skyvern.create_custom_llm(draft.config), actor, "custom_llm.create", None,
                         resource="custom_llm", made=lambda llm: llm.id, **_told(draft))
    return _verified(skyvern, made.id, draft.config)


def update(skyvern: Skyvern, draft: Draft, actor: Actor) -> CustomLlm:
    """Replaces a registered model and reads it back. Raises Changed, Unverified, and what `send_recorded` raises."""
    old = find(skyvern, draft.llm_id)
    if old is None or old.version != draft.seen:
        raise Changed("It was changed or deleted meanwhile, so nothing was sent.")
    names = [name for name in LABELS if name in _differing(old, draft.config)] + (["key"] if draft.key else [])
    send_recorded(lambda: skyvern.update_custom_llm(old.id, draft.config), actor, "custom_llm.update", old.id,
                  resource="custom_llm", changed=", ".join(names), **_told(draft))
    return _verified(skyvern, old.id, draft.config)


def delete(skyvern: Skyvern, llm: CustomLlm, actor: Actor) -> None:
    """Deletes a registered model; where it is a default, that is cleared first, because Skyvern would go on naming it.
    Raises Unverified, and what `send_recorded` raises."""
    defaults = skyvern.get_default_llms()
    if llm.llm_key in (defaults.smart, defaults.fast):
        kept = DefaultLlms(*(None if key == llm.llm_key else key for key in (defaults.smart, defaults.fast)))
        set_defaults(skyvern, defaults, kept, actor)
    send_recorded(lambda: skyvern.delete_custom_llm(llm.id), actor, "custom_llm.delete", llm.id, resource="custom_llm",
                  name=llm.display_name)
    if find(skyvern, llm.id) is not None:
        raise Unverified("Skyvern took the deletion, but still lists the model.")


def set_defaults(skyvern: Skyvern, seen: DefaultLlms, wanted: DefaultLlms, actor: Actor) -> None:
    """Sets both defaults and reads them back. Raises Changed when they are not `seen` any more, Unverified, and what
    `send_recorded` raises."""
    if skyvern.get_default_llms() != seen:
        raise Changed("Somebody else changed the defaults meanwhile, so nothing was sent.")
    send_recorded(lambda: skyvern.set_default_llms(wanted), actor, "organization.update", None, resource="organization",
                  smart=wanted.smart or "Skyvern's own", fast=wanted.fast or "Skyvern's own")
    if skyvern.get_default_llms() != wanted:
        raise Unverified("Skyvern took the change, but now shows other defaults. Somebody may have changed them at the "
                         "same moment.")


def find(skyvern: Skyvern, llm_id: str) -> CustomLlm | None:
    """One registered model, or None. Skyvern has no route for one."""
    return next((each for each in skyvern.list_custom_llms() if each.id == llm_id), None)


def _verified(skyvern: Skyvern, llm_id: str, config: Mapping[str, Any]) -> CustomLlm:
    now = find(skyvern, llm_id)
    if now is None:
        raise Unverified("Skyvern took it, but does not list it.")
    if wrong := _differing(now, config):
        raise Unverified(f"Skyvern took it, but shows something else for: {', '.join(LABELS[each] for each in wrong)}. "
                         "Somebody may have changed it at the same moment.", now)
    return now


def _differing(llm: CustomLlm, config: Mapping[str, Any]) -> list[str]:
    """Names of what differs, the key apart; an address that was left to the provider's default is no difference."""
    return [name for name in LABELS if name != "api_key" and _value(llm, name) != config.get(name)
            and not (name == "api_base" and config.get(name) is None) and not _only_masked(name, llm, config)]


def _only_masked(name: str, llm: CustomLlm, config: Mapping[str, Any]) -> bool:
    """Skyvern shows the values of extra_headers as masks."""
    if name != "extra_parameters":
        return False
    one, other = ({**each, "extra_headers": sorted(each.get("extra_headers") or ())}
                  for each in (llm.extra_parameters, config.get(name) or {}))
    return one == other


def _value(llm: CustomLlm, name: str) -> Any:
    return dict(llm.extra_parameters) if name == "extra_parameters" else getattr(llm, name, None)


def _shown(name: str, value: Any) -> str:
    if value is None or value == {}:
        return ""
    if name == "api_key":
        return f"given, fingerprint {fingerprint(str(value))}"
    if name == "provider":
        return PROVIDERS.get(str(value), str(value))
    if name == "extra_parameters":
        return json.dumps(_without_secrets(value), ensure_ascii=False)
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(each, "secret" if name == "extra_headers" else str(key))
                for key, each in value.items()}
    return MASK if any(word in name.lower() for word in SECRET_WORDS) and isinstance(value, str) else value


def _told(draft: Draft) -> dict[str, Any]:
    config = draft.config
    return {"name": str(config["display_name"]), "provider": str(config["provider"]),
            "model": str(config["model_name"]), "host": urlsplit(str(config["api_base"] or "")).netloc}


def _place(kind: str, person_id: str) -> str:
    return f"{kind}:sealed:{person_id}"
