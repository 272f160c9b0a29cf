"""The options of a run of a workflow (api 3.5). Its inputs are in inputs.py, because each workflow has others."""

from __future__ import annotations

import json
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from ...auth.forms import clean_text, strip
from ...skyvern.values import PROXY_LOCATIONS
from ...skyvern.values.tag import BadTag, parse_tag
from ...tasks.forms import BrowserRules, text_map, web_address
from ...tasks.labels import proxy_label

JSON_FIELDS = ("extra_http_headers", "cdp_connect_headers")
ASK_WORKFLOW = SelectChoice("", "The workflow's choice")
YES_NO = [ASK_WORKFLOW, SelectChoice("yes", "Yes"), SelectChoice("no", "No")]
TRUTHS = ("ai_fallback", "reuse_browser_session")
MOST_TAGS = 20


class LaunchOptions(BrowserRules, FlaskForm):
    """What `POST /v1/run/workflows` takes beside the inputs. Of its fields, `title` is left out because Skyvern 1.0.56
    never looks at it, and `browser_type` because only its cloud has other browsers."""

    proxy_location = SelectField("Proxy location", choices=[
        ASK_WORKFLOW, *(SelectChoice(each, proxy_label(each)) for each in PROXY_LOCATIONS)], default="")
    run_with = SelectField("Run with", choices=[
        ASK_WORKFLOW, SelectChoice("agent", "Agent"), SelectChoice("code", "Code")], default="")
    ai_fallback = SelectField("Let the model step in where the code fails", choices=YES_NO, default="")
    max_elapsed_time_minutes = IntegerField("Most minutes", [
        Optional(), NumberRange(1, 480, "A number from 1 to 480.")])
    max_screenshot_scrolls = IntegerField("Most scrolls for a screenshot", [
        Optional(), NumberRange(0, 100, "A number from 0 to 100.")])
    browser_session_id = StringField("Browser session", [Length(max=100), clean_text], filters=[strip])
    reuse_browser_session = SelectField("Keep using the workflow's browser", choices=YES_NO, default="")
    browser_profile_id = StringField("Browser profile", [Length(max=100), clean_text], filters=[strip])
    start_fresh_browser = BooleanField("Start with a fresh browser")
    browser_address = StringField("Browser's own address (CDP)", [Length(max=2083), clean_text], filters=[strip])
    cdp_connect_headers = TextAreaField("Headers for the browser's address (JSON)", [
        Length(max=20_000), clean_text, text_map], filters=[strip])
    extra_http_headers = TextAreaField("Extra headers (JSON)", [Length(max=20_000), clean_text, text_map],
                                       filters=[strip])
    webhook_url = StringField("Webhook", [Length(max=2083), clean_text, web_address], filters=[strip])
    totp_identifier = StringField("One-time codes for", [Length(max=500), clean_text], filters=[strip])
    totp_url = StringField("Ask for one-time codes at", [Length(max=2083), clean_text, web_address], filters=[strip])
    run_metadata = TextAreaField("Tags", [Length(max=8000)], filters=[strip])

    def validate_browser_profile_id(self, field: StringField) -> None:
        super().validate_browser_profile_id(field)
        if field.data and self.browser_session_id.data:
            raise ValidationError("A session has its profile already: choose one of the two.")

    def validate_run_metadata(self, field: TextAreaField) -> None:
        try:
            tags = _tags(field.data)
        except BadTag as error:
            raise ValidationError(str(error)) from error
        if len(tags) > MOST_TAGS:
            raise ValidationError(f"At most {MOST_TAGS} tags.")

    @property
    def options(self) -> dict[str, Any]:
        """What was filled in, by Skyvern's names. The form is valid. Without a proxy it says null: left out, Skyvern
        would take its own default instead of the workflow's."""
        found: dict[str, Any] = {"proxy_location": self.proxy_location.data or None}
        for name in self.names():
            value = self[name].data
            if value not in (None, "", False):
                found[name] = (json.loads(value) if name in JSON_FIELDS else value == "yes" if name in TRUTHS
                               else _tags(value) if name == "run_metadata" else value)
        return found

    @classmethod
    def names(cls) -> list[str]:
        """The options by Skyvern's names, in the order of the form."""
        return [name for name in vars(LaunchOptions) if isinstance(vars(LaunchOptions)[name], type(cls.webhook_url))]


def prefill(options: dict[str, Any]) -> dict[str, Any]:
    """The form as it would have been filled in for these options."""
    filled = {name: value for name, value in options.items() if name in LaunchOptions.names() and value is not None}
    for name in JSON_FIELDS:
        if name in filled:
            filled[name] = json.dumps(filled[name], indent=2, ensure_ascii=False)
    for name in TRUTHS:
        if name in filled:
            filled[name] = "yes" if filled[name] else "no"
    if isinstance(filled.get("run_metadata"), dict):
        filled["run_metadata"] = "\n".join(f"{key}: {value}" for key, value in filled["run_metadata"].items())
    return filled


def _tags(text: str | None) -> dict[str, str]:
    """`name: value`, one a line. Raises BadTag."""
    found: dict[str, str] = {}
    for line in (text or "").splitlines():
        if line.strip():
            tag = parse_tag(line)
            if tag.key is None:
                raise BadTag("Write a name, a colon and a value in each line, such as customer: acme.")
            found[tag.key] = tag.value
    return found
