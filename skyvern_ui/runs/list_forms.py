from __future__ import annotations

from dataclasses import replace

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from ..auth.forms import clean_text, strip
from ..skyvern.values import RUN_STATUSES, RUN_TYPES
from ..skyvern.values.tag import BadTag, parse_terms
from .list_sources import RunFilters

SIZES, USUAL_SIZE = (20, 50, 100), 20
KIND_LABELS = {
    "task_v1": "Task", "task_v2": "Task (2.0)", "task_v3": "Task (3.0)", "workflow_run": "Workflow",
    "openai_cua": "OpenAI computer use", "anthropic_cua": "Anthropic computer use", "ui_tars": "UI-TARS",
    "yutori_navigator": "Yutori Navigator",
}
CATEGORIES = (
    "ANTI_BOT_DETECTION", "PROXY_ERROR", "BROWSER_ERROR", "NAVIGATION_FAILURE", "PAGE_LOAD_TIMEOUT",
    "ELEMENT_STATE_TIMEOUT", "AUTH_FAILURE", "LLM_ERROR", "CREDENTIAL_ERROR", "DATA_EXTRACTION_FAILURE",
    "ELEMENT_NOT_FOUND", "WRONG_PAGE_STATE", "MAX_STEPS_EXCEEDED", "LLM_REASONING_ERROR", "INFRASTRUCTURE_ERROR",
    "PARAMETER_BINDING_ERROR", "UNKNOWN",
)
MOST_WORKFLOWS = 50


def size_of(text: str | None) -> int:
    """The rows of a page, one of SIZES."""
    return int(text) if text and text in map(str, SIZES) else USUAL_SIZE


class RunFilterForm(FlaskForm):
    class Meta:
        csrf = False

    q = StringField("Search", [Length(max=200), clean_text], filters=[strip])
    status = SelectMultipleField("Status", choices=[SelectChoice(s) for s in RUN_STATUSES])
    type = SelectMultipleField("Kind", choices=[SelectChoice(k) for k in RUN_TYPES])
    person = StringField("Person", [Length(max=100), clean_text], filters=[strip])
    since = DateField("From", [Optional()])
    until = DateField("To", [Optional()])
    error_code = StringField("Error code", [Length(max=200), clean_text], filters=[strip])
    category = StringField("Category", [Length(max=60), clean_text], filters=[strip])
    page_size = SelectField("Rows", choices=[SelectChoice(str(s)) for s in SIZES], default=str(USUAL_SIZE),
                            validate_choice=False)

    def __init__(self, kept: MultiDict[str, str]) -> None:
        """`kept` is the address without what is empty (list_address.py)."""
        super().__init__(kept)
        self.workflows = tuple(dict.fromkeys(kept.getlist("workflow")))
        self.tags = kept.getlist("tags")
        self.terms: tuple[str, ...] = ()

    def validate_q(self, field: StringField) -> None:
        if field.data and len(field.data) < 3:
            raise ValidationError("Search for at least three characters.")

    def validate_until(self, field: DateField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError("The first day is after the last.")

    def problems(self) -> str:
        """Validates all of it. What does not fit, in a sentence or more; empty when it all fits."""
        self.validate()
        told = [str(e) for errors in self.errors.values() for e in errors]
        try:
            self.terms = parse_terms(self.tags)
        except BadTag as error:
            told.append(str(error))
        if len(self.workflows) > MOST_WORKFLOWS:
            told.append("At most 50 workflows can be looked for at once.")
        if any(not w.startswith("wpid_") or not w.isascii() or not w[5:].isalnum() for w in self.workflows):
            told.append("A workflow is looked for by its id, which begins with wpid_.")
        return " ".join(told)

    def filters(self, page: int, me: str) -> RunFilters:
        """What is looked for. `me` is the id of whoever asks."""
        person = self.person.data or ""
        found = RunFilters(
            search=self.q.data or "", statuses=tuple(dict.fromkeys(self.status.data or ())),
            kinds=tuple(dict.fromkeys(self.type.data or ())), workflows=self.workflows, tags=self.terms,
            person=me if person == "me" else person, since=self.since.data, until=self.until.data,
            error_code=self.error_code.data or "", category=self.category.data or "", page=page,
        )
        return replace(found, page_size=size_of(self.page_size.data))
