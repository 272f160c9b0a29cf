from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from ..auth.forms import clean_text, strip
from ..skyvern.values import ENGINES, PROXY_LOCATIONS
from .labels import ENGINE_LABELS, proxy_label
from .rules import first_line, is_masked


def web_address(_form: Any, field: Any) -> None:
    """An http(s) address; a bare host gets https."""
    text = field.data or ""
    if not text:
        return
    if "://" not in text:
        text = field.data = "https://" + text
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or any(c.isspace() for c in text):
        raise ValidationError("Enter an address like https://example.com/page.")


def json_of(kinds: tuple[type, ...], what: str) -> Any:
    def check(_form: Any, field: Any) -> None:
        if not field.data:
            return
        try:
            value = json.loads(field.data)
        except (ValueError, RecursionError) as error:
            at = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
            raise ValidationError(f"This is not valid JSON{at}.") from error
        if not isinstance(value, kinds):
            raise ValidationError(f"Enter {what}.")

    return check


def text_map(_form: Any, field: Any) -> None:
    """A JSON object whose values are texts."""
    json_of((dict,), 'a JSON object such as {"name": "text"}')(_form, field)
    if field.data and not all(isinstance(v, str) for v in json.loads(field.data).values()):
        raise ValidationError("Every value must be a text in quotes.")


class BrowserRules:
    """What holds for the browser that is asked for, whatever runs in it."""

    def validate_browser_session_id(self, field: StringField) -> None:
        if field.data and not field.data.startswith("pbs_"):
            raise ValidationError("The id of a browser session begins with pbs_.")

    def validate_browser_profile_id(self, field: StringField) -> None:
        if field.data and not field.data.startswith("bp_"):
            raise ValidationError("The id of a browser profile begins with bp_.")

    def validate_start_fresh_browser(self, field: BooleanField) -> None:
        if field.data and any(self[name].data for name in OWN_BROWSER):  # type: ignore[index] # a form is both
            raise ValidationError("A fresh browser excludes a session, a profile and an address.")

    def validate_browser_address(self, field: StringField) -> None:
        if field.data and not field.data.lower().startswith(("http://", "https://", "ws://", "wss://")):
            raise ValidationError("Enter an address that begins with http or ws.")


OWN_BROWSER = ("browser_session_id", "browser_profile_id", "browser_address")


class TaskForm(BrowserRules, FlaskForm):
    """Every field of `POST /v1/run/tasks` (api 2.3) that a self-hosted server reads."""

    prompt = TextAreaField("What should be done?", [DataRequired("Say what should be done."), Length(max=50_000),
                                                    clean_text], filters=[strip])
    url = StringField("Start at", [Length(max=2083), clean_text, web_address], filters=[strip])
    title = StringField("Title", [Length(max=200), clean_text], filters=[strip])
    engine = SelectField("Engine", choices=[SelectChoice(e, ENGINE_LABELS[e]) for e in ENGINES], default="skyvern-1.0")
    proxy_location = SelectField("Proxy location", choices=[
        SelectChoice("", "The server's choice"), *(SelectChoice(p, proxy_label(p)) for p in PROXY_LOCATIONS),
    ], default="")
    max_steps = IntegerField("Most steps", [Optional(), NumberRange(1, 1000, "A number from 1 to 1000.")])
    max_screenshot_scrolls = IntegerField("Most scrolls for a screenshot",
                                          [Optional(), NumberRange(0, 100, "A number from 0 to 100.")])
    data_extraction_schema = TextAreaField("Shape of the output (JSON schema)", [
        Length(max=100_000), clean_text, json_of((dict, list, str), "a JSON object, list or text")], filters=[strip])
    error_code_mapping = TextAreaField("Error codes (JSON)", [Length(max=20_000), clean_text, text_map],
                                       filters=[strip])
    extra_http_headers = TextAreaField("Extra headers (JSON)", [Length(max=20_000), clean_text, text_map],
                                       filters=[strip])
    cdp_connect_headers = TextAreaField("Headers for the browser's address (JSON)", [
        Length(max=20_000), clean_text, text_map], filters=[strip])
    webhook_url = StringField("Webhook", [Length(max=2083), clean_text, web_address], filters=[strip])
    totp_identifier = StringField("One-time codes for", [Length(max=500), clean_text], filters=[strip])
    totp_url = StringField("Ask for one-time codes at", [Length(max=2083), clean_text, web_address], filters=[strip])
    browser_session_id = StringField("Browser session", [Length(max=100), clean_text], filters=[strip])
    browser_profile_id = StringField("Browser profile", [Length(max=100), clean_text], filters=[strip])
    browser_address = StringField("Browser's own address (CDP)", [Length(max=2083), clean_text], filters=[strip])
    start_fresh_browser = BooleanField("Start with a fresh browser")
    include_action_history_in_verification = BooleanField("Look at earlier actions when deciding whether it is done")
    publish_workflow = BooleanField("Keep it as a workflow afterwards")
    run_with = SelectField("Run with", choices=[
        SelectChoice("", "The server's choice"), SelectChoice("agent", "Agent"), SelectChoice("code", "Code"),
    ], default="")
    model = StringField("Model", [Length(max=200), clean_text], filters=[strip])
    file_ids = StringField("Uploaded files", [Length(max=3000), clean_text], filters=[strip])
    run_at_once = BooleanField("and run it at once", default=True)  # when a workflow is made of it

    def validate_browser_profile_id(self, field: StringField) -> None:
        super().validate_browser_profile_id(field)
        if field.data and self.engine.data != "skyvern-2.0":
            raise ValidationError("Only Skyvern 2.0 can use a profile.")

    def validate_start_fresh_browser(self, field: BooleanField) -> None:
        if field.data and self.engine.data != "skyvern-2.0":
            raise ValidationError("Only Skyvern 2.0 can start fresh on request.")
        super().validate_start_fresh_browser(field)

    @property
    def wanted(self) -> dict[str, Any]:
        """What was filled in, by Skyvern's names, with JSON fields decoded."""
        wanted: dict[str, Any] = {}
        for field in self:
            if field.name in ("csrf_token", "run_at_once") or field.data in (None, "", False):
                continue
            wanted[field.name] = json.loads(field.data) if field.name in JSON_FIELDS else field.data
        if "model" in wanted:
            wanted["model"] = {"model_name": wanted["model"]}
        if "file_ids" in wanted:
            wanted["file_ids"] = [part for part in wanted["file_ids"].replace(",", " ").split() if part]
        return wanted


class WorkflowForm(TaskForm):
    """The same, to make a workflow of: any run of a workflow may use a profile or start fresh."""

    def validate_engine(self, field: SelectField) -> None:
        if field.data not in ("skyvern-1.0", "skyvern-2.0"):
            raise ValidationError("A workflow can be made for Skyvern 1.0 or 2.0.")

    def validate_browser_profile_id(self, field: StringField) -> None:
        BrowserRules.validate_browser_profile_id(self, field)

    def validate_start_fresh_browser(self, field: BooleanField) -> None:
        BrowserRules.validate_start_fresh_browser(self, field)


JSON_FIELDS = {"data_extraction_schema", "error_code_mapping", "extra_http_headers", "cdp_connect_headers"}


def prefill(asked: dict[str, Any]) -> dict[str, Any]:
    """The task form as it was filled in for a run that was asked this."""
    filled: dict[str, Any] = {}
    for name, value in asked.items():
        if value is None or is_masked(value):
            continue
        if name in JSON_FIELDS:
            filled[name] = json.dumps(value, indent=2, ensure_ascii=False)
        elif name == "model" and isinstance(value, dict):
            filled[name] = str(value.get("model_name") or "")
        elif name == "file_ids" and isinstance(value, list):
            filled[name] = " ".join(map(str, value))
        elif isinstance(value, str | int | bool):
            filled[name] = value
    if filled.get("title") == first_line(filled.get("prompt")):
        del filled["title"]
    return filled
