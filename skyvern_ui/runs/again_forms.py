"""The form of a workflow run that is started again with other inputs: made from the workflow's definition."""

from __future__ import annotations

import json
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from ..auth.forms import clean_text, strip
from ..skyvern.values import PROXY_LOCATIONS
from ..tasks.forms import BrowserRules, text_map, web_address
from ..tasks.labels import proxy_label
from .again_rules import BadValue, Parameter, read_value

JSON_FIELDS = ("extra_http_headers", "cdp_connect_headers")


class AgainForm(BrowserRules, FlaskForm):
    """The options of `POST /v1/run/workflows` (api 3.5), but for the title, which Skyvern 1.0.56 never looks at."""

    run_with = SelectField("Run with", choices=[
        SelectChoice("", "The workflow's choice"), SelectChoice("agent", "Agent"), SelectChoice("code", "Code"),
    ], default="")
    max_elapsed_time_minutes = IntegerField("Most minutes", [
        Optional(), NumberRange(1, 480, "A number from 1 to 480.")])
    max_screenshot_scrolls = IntegerField("Most scrolls for a screenshot",
                                          [Optional(), NumberRange(0, 100, "A number from 0 to 100.")])
    ai_fallback = BooleanField("Let the model step in where the code does not work")
    proxy_location = SelectField("Proxy location", choices=[
        SelectChoice("", "The workflow's choice"), *(SelectChoice(p, proxy_label(p)) for p in PROXY_LOCATIONS),
    ], default="")
    browser_session_id = StringField("Browser session", [Length(max=100), clean_text], filters=[strip])
    browser_profile_id = StringField("Browser profile", [Length(max=100), clean_text], filters=[strip])
    browser_address = StringField("Browser's own address (CDP)", [Length(max=2083), clean_text], filters=[strip])
    start_fresh_browser = BooleanField("Start with a fresh browser")
    extra_http_headers = TextAreaField("Extra headers (JSON)", [Length(max=20_000), clean_text, text_map],
                                       filters=[strip])
    cdp_connect_headers = TextAreaField("Headers for the browser's address (JSON)", [
        Length(max=20_000), clean_text, text_map], filters=[strip])
    webhook_url = StringField("Webhook", [Length(max=2083), clean_text, web_address], filters=[strip])
    totp_identifier = StringField("One-time codes for", [Length(max=500), clean_text], filters=[strip])
    totp_url = StringField("Ask for one-time codes at", [Length(max=2083), clean_text, web_address], filters=[strip])

    def validate_browser_profile_id(self, field: StringField) -> None:
        super().validate_browser_profile_id(field)
        if field.data and self.browser_session_id.data:
            raise ValidationError("A session has its profile already: choose one of the two.")

    @property
    def options(self) -> dict[str, Any]:
        """What was filled in of the options, by Skyvern's names."""
        found: dict[str, Any] = {}
        for name in (each for each in AgainForm._names() if self[each].data not in (None, "", False)):
            found[name] = json.loads(self[name].data) if name in JSON_FIELDS else self[name].data
        return found

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in vars(AgainForm) if isinstance(getattr(AgainForm, name), type(AgainForm.webhook_url))]


def form_for(parameters: tuple[Parameter, ...]) -> type[AgainForm]:
    """AgainForm with a field for each parameter, named `p-<key>`."""
    return type("FilledForm", (AgainForm,), {f"p-{each.key}": _field(each) for each in parameters})


def values_of(form: AgainForm, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The parameters as the workflow's definition types them; what was left empty is left out. The form is valid."""
    typed = {each.key: read_value(each, form[f"p-{each.key}"].data) for each in parameters}
    return {key: value for key, value in typed.items() if value is not None}


def prefill(body: dict[str, Any], parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The form as it would have been filled in for this body."""
    filled = {name: value for name, value in body.items() if name != "parameters"}
    for name in JSON_FIELDS:
        if name in filled:
            filled[name] = json.dumps(filled[name], indent=2, ensure_ascii=False)
    given = body.get("parameters") or {}
    for each in parameters:
        value = given.get(each.key, each.default)
        filled[f"p-{each.key}"] = value if isinstance(value, str) else (
            "" if value is None else str(value).lower() if isinstance(value, bool)
            else json.dumps(value, indent=2 if isinstance(value, dict | list) else None, ensure_ascii=False))
    return filled


def _field(parameter: Parameter) -> Field:
    def check(_form: Any, field: Any) -> None:
        try:
            read_value(parameter, field.data)
        except BadValue as error:
            raise ValidationError(str(error)) from error

    rules: list[Any] = [Length(max=200_000), clean_text, check]
    if parameter.kind == "boolean":
        choices = [SelectChoice("true", "yes"), SelectChoice("false", "no")]
        if not parameter.is_needed:
            choices.append(SelectChoice("", "the workflow's default"))
        return RadioField(parameter.key, rules, choices=choices, description=parameter.description)
    if parameter.kind in ("json", "string"):
        return TextAreaField(parameter.key, rules, description=parameter.description)
    return StringField(parameter.key, rules, filters=[strip], description=parameter.description)
