from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from ..auth.forms import clean_text, strip
from .rules import Filters

OUTCOMES = [SelectChoice("", "Any outcome"), *(
    SelectChoice(o, o.capitalize()) for o in ("done", "refused", "failed", "pending", "unknown"))]


class AuditFilterForm(FlaskForm):
    class Meta:
        csrf = False

    person = StringField("Person", [Length(max=200), clean_text], filters=[strip])
    action = SelectField("Action", [Optional()], validate_choice=False)
    resource = StringField("Resource or id", [Length(max=200), clean_text], filters=[strip])
    outcome = SelectField("Outcome", [Optional()], choices=OUTCOMES)
    since = DateField("From", [Optional()])
    until = DateField("To", [Optional()])

    @property
    def filters(self) -> Filters:
        return Filters(self.person.data or "", self.action.data or "", self.resource.data or "",
                       self.outcome.data or "", self.since.data, self.until.data)
