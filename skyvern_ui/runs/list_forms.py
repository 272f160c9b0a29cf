from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from ..auth.forms import clean_text, strip
from ..skyvern.values import RUN_STATUSES, RUN_TYPES
from .list_rules import RunFilters

SIZES = (10, 20, 50, 100)
KIND_LABELS = {
    "task_v1": "Task", "task_v2": "Task (2.0)", "task_v3": "Task (3.0)", "workflow_run": "Workflow",
    "openai_cua": "OpenAI computer use", "anthropic_cua": "Anthropic computer use", "ui_tars": "UI-TARS",
    "yutori_navigator": "Yutori Navigator",
}


class RunFilterForm(FlaskForm):
    class Meta:
        csrf = False

    q = StringField("Search", [Length(max=200), clean_text], filters=[strip])
    status = SelectMultipleField("Status", choices=[SelectChoice(s) for s in RUN_STATUSES])
    type = SelectField("Type", [Optional()], choices=[SelectChoice(k) for k in ("", *RUN_TYPES)])
    mine = BooleanField("Mine")
    page_size = SelectField("Rows", choices=[SelectChoice(str(s)) for s in SIZES], default="20")

    def validate_q(self, field: StringField) -> None:
        if field.data and len(field.data) < 3:
            raise ValidationError("Search for at least three characters.")

    def filters(self, page: int) -> RunFilters:
        size = int(self.page_size.data) if (self.page_size.data or "").isdigit() else 20
        return RunFilters(
            search=self.q.data or "", statuses=tuple(self.status.data or ()),
            kinds=(self.type.data,) if self.type.data else (), page=page, page_size=size if size in SIZES else 20,
        )
