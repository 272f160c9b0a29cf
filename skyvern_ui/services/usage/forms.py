from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from ...auth.forms import clean_text, strip
from ...models.columns import now
from ..credits.endpoints import ENDPOINTS
from .rules import LONGEST, Slice

STATES = {"settled": "Charged", "held": "Under way", "refused": "Cost nothing", "expired": "Lost"}
USUAL_DAYS = 30
FIRST, LAST = date(2000, 1, 1), date(2200, 12, 31)


class UsageFilterForm(FlaskForm):
    class Meta:
        csrf = False

    service = StringField("Service", [Length(max=64), clean_text], filters=[strip])
    key = StringField("Key", [Length(max=64), clean_text], filters=[strip])
    endpoint = StringField("Route", [Length(max=200), clean_text], filters=[strip])
    model = StringField("Model", [Length(max=200), clean_text], filters=[strip])
    state = SelectField("End", [Optional()], choices=[
        SelectChoice("", "Any end"), *(SelectChoice(name, label) for name, label in STATES.items())])
    outcome = StringField("Outcome", [Length(max=100), clean_text], filters=[strip])
    retried = BooleanField("Only repeats of an SDK", false_values=("", "0", "no"))
    since = DateField("From", [Optional()])
    until = DateField("To", [Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self._days_make_sense()

    def _days_make_sense(self) -> bool:
        """An empty day passes its own validators, so both are looked at together."""
        first, last = self.since.data, self.until.data or now().date()
        if any(day and not FIRST <= day <= LAST for day in (first, last)):
            self.since.errors = [f"Choose days from {FIRST:%Y} to {LAST:%Y}."]
        elif first and last < first:
            self.since.errors = ["The first day is after the last."]
        elif first and last - first >= LONGEST:
            self.since.errors = [f"At most {LONGEST.days} days can be looked at in one go."]
        return not self.since.errors

    @property
    def slice(self) -> Slice:
        """What is looked for: without a day of its own, the last thirty."""
        last = self.until.data or now().date()
        first = self.since.data or last - timedelta(days=USUAL_DAYS - 1)
        return Slice(self.service.data or None, datetime.combine(first, time()),
                     datetime.combine(last, time()) + timedelta(days=1), self.key.data or "", self.model.data or "",
                     self.endpoint.data or "", self.state.data or "", self.outcome.data or "", self.retried.data)


ROUTE_CHOICES = [(each.path, each.label) for each in ENDPOINTS]
