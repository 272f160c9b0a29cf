from __future__ import annotations

from typing import Any

from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from ...auth.forms import clean_text, strip
from ..credits.forms import CreditsField, PlacedForm, typed
from ..credits.price_rules import ANY
from ..seen import seen_of
from .rules import Listed, is_open

UNIT_LABELS = {"call": "a call", "1k_tokens": "1,000 tokens", "image": "an image", "run": "a run", "step": "a step"}
WHOLE = ("call", "run", "image")  # what is held for these is what they cost
LONGEST_MODEL = 200


class PriceForm(PlacedForm):
    """The price of one route; with a model, of that model alone."""

    seen = HiddenField()
    amount = CreditsField("Credits")
    unit = SelectField("For", choices=[])
    hold = CreditsField("Held before it", optional=True)
    model = StringField("Model", [Length(max=LONGEST_MODEL), clean_text], filters=[strip])

    def __init__(self, listed: Listed, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"prefix": listed.slug, **more})
        self.unit.choices = [SelectChoice(name, UNIT_LABELS.get(name, name)) for name in listed.endpoint.units]
        if more.get("formdata", True) is None:
            self._fill(listed)

    def _fill(self, listed: Listed) -> None:
        price, start = listed.price, listed.endpoint.start
        has = price is not None and is_open(price) and price.unit in listed.endpoint.units
        self.unit.data = price.unit if price and has else listed.endpoint.units[0]
        self.amount.data = typed(price.amount if price and has else start[0])
        self.hold.data = typed(price.hold if price and has else start[1])
        self.seen.data = state_of(listed)

    def validate_hold(self, field: CreditsField) -> None:
        if field.thousandths is None:
            if self.unit.data not in WHOLE:
                raise ValidationError("Say how much is held: it is the most that one call can cost.")
            field.thousandths = self.amount.thousandths
        if self.unit.data in WHOLE and (field.thousandths or 0) < (self.amount.thousandths or 0):
            raise ValidationError("What is held must cover the price: what was not held cannot be taken.")

    @property
    def wanted_model(self) -> str:
        return self.model.data if self.model.data and self.model.data != ANY else ANY


def state_of(listed: Listed) -> str:
    """What the prices of a route are, for a form that is filled in from them."""
    return seen_of(listed.price.id if listed.price else None, [price.id for price in listed.models])
