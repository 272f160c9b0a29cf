from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FloatField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from ..auth.forms import clean_text, strip
from ..llm.base import Unfit, clean_base
from ..skyvern.connection import clean_key
from ..skyvern.values.llm import PROVIDERS, CustomLlm

RESERVED = {"model", "messages", "api_key", "api_base", "api_version", "model_info", "custom_llm_provider",
            "drop_params", "stream", "tools"}
MOST_EXTRAS, LONGEST_EXTRAS = 30, 10_000


class LlmForm(FlaskForm):
    """Everything that Skyvern keeps of a registered model (api 4.7). `kept` holds a key that was entered before,
    sealed; `own` says that the key of LLM_UPSTREAM_KEY is meant."""

    llm_id = HiddenField()
    seen = HiddenField()
    kept = HiddenField()
    own = HiddenField()
    display_name = StringField("Name", [Length(max=120), clean_text], filters=[strip])
    provider = SelectField("Provider", choices=[SelectChoice(*each) for each in PROVIDERS.items()],
                           default="openai_compatible")
    model_name = StringField("Model", [Length(max=250), clean_text], filters=[strip])
    api_base = StringField("Address", [Length(max=500), clean_text], filters=[strip])
    api_key = PasswordField("Key", [Optional(), Length(max=1000), clean_text])
    supports_vision = BooleanField("It sees pictures", default=True)
    max_completion_tokens = IntegerField("Most tokens of an answer", [Optional(), NumberRange(1, 1_000_000)])
    temperature = FloatField("Temperature", [Optional(), NumberRange(0, 2)])
    reasoning_effort = StringField("Reasoning effort", [Length(max=50), clean_text], filters=[strip])
    api_version = StringField("Version of the API", [Length(max=100), clean_text], filters=[strip])
    add_assistant_prefix = BooleanField("Begin its answer for it")
    extra_parameters = TextAreaField("More parameters", [Length(max=LONGEST_EXTRAS)], filters=[strip])

    def validate_display_name(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Give it a name, as people shall see it.")

    def validate_model_name(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Enter the model's name as its server lists it.")

    def validate_api_base(self, field: StringField) -> None:
        if self.provider.data == "gemini":
            field.data = ""
            return
        if not field.data:
            if self.provider.data == "openai_compatible":
                raise ValidationError("Enter the address of its API.")
            return
        try:
            field.data = clean_base(field.data)
        except Unfit as error:
            raise ValidationError(str(error)) from error
        if field.data.endswith("/chat/completions"):
            raise ValidationError("Leave /chat/completions away: the address ends where it begins, usually with /v1.")

    def validate_extra_parameters(self, field: TextAreaField) -> None:
        found = self.extras
        if found is None:
            raise ValidationError('This must be a JSON object, such as {"service_tier": "flex"}.')
        if len(found) > MOST_EXTRAS:
            raise ValidationError(f"Skyvern takes at most {MOST_EXTRAS} of them.")
        for name in found:
            if name.strip().lower() in RESERVED or not name.strip() or len(name) > 128:
                raise ValidationError(f"“{name[:60]}” cannot be set here: Skyvern sets it itself.")

    @property
    def extras(self) -> dict[str, Any] | None:
        """What was entered as more parameters; None when it is no JSON object."""
        try:
            found = json.loads(self.extra_parameters.data or "{}")
            json.dumps(found, allow_nan=False)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def clean_key(self) -> str:
        """The key that was entered now, without what sticks to a pasted one."""
        return clean_key(self.api_key.data or "")

    def config(self, key: str | None) -> dict[str, Any]:
        """What is sent to Skyvern."""
        return {
            "display_name": self.display_name.data, "provider": self.provider.data, "model_name": self.model_name.data,
            "api_base": self.api_base.data or None, "api_key": key or None,
            "api_version": self.api_version.data or None,
            "supports_vision": bool(self.supports_vision.data),
            "add_assistant_prefix": bool(self.add_assistant_prefix.data),
            "max_completion_tokens": self.max_completion_tokens.data, "temperature": self.temperature.data,
            "reasoning_effort": self.reasoning_effort.data or None,
            "extra_parameters": {name.strip(): value for name, value in (self.extras or {}).items()},
        }

    @classmethod
    def of(cls, llm: CustomLlm) -> LlmForm:
        """The form of a registered model; never its key."""
        names = ("display_name", "provider", "model_name", "api_base", "api_version", "supports_vision",
                 "add_assistant_prefix", "max_completion_tokens", "temperature", "reasoning_effort", "extra_parameters")
        return cls.with_config({name: getattr(llm, name) for name in names}, llm_id=llm.id, seen=llm.version)

    @classmethod
    def with_config(cls, config: Mapping[str, Any], **hidden: str) -> LlmForm:
        """The form filled in, but for the key."""
        extras = dict(config["extra_parameters"] or {})
        texts = ("api_base", "api_version", "reasoning_effort")
        return cls(formdata=None, data={
            **config, **{name: config[name] or "" for name in texts}, "api_key": "", **hidden,
            "extra_parameters": json.dumps(extras, indent=2, ensure_ascii=False) if extras else ""})


class DefaultsForm(FlaskForm):
    smart = SelectField("Smart model")
    fast = SelectField("Fast model")
    seen = HiddenField()

    def offer(self, llms: list[CustomLlm], also: set[str]) -> None:
        """The registered models, Skyvern's own, and what is set now although it is gone."""
        known = {each.llm_key: each.display_name for each in llms}
        gone = {key: f"{key} (not registered any more)" for key in sorted(also - known.keys())}
        self.smart.choices = self.fast.choices = [
            SelectChoice("", "Skyvern's own settings"), *(SelectChoice(*each) for each in (known | gone).items())]


class LlmTestForm(FlaskForm):
    thorough = HiddenField()


class LlmDraftForm(FlaskForm):
    draft = HiddenField()
