from __future__ import annotations

import re
import secrets
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation, ValidationError

from ...auth.forms import clean_text, strip
from .budget_rules import Limits
from .ledger_rules import CREDIT

MOST = 10**12 * CREDIT  # a trillion credits: far below what the column holds
MOST_CALLS = 10**9
SENTENCE = "Enter credits as a number with at most three decimals, such as 10000 or 2.5."


class CreditsField(StringField):
    """Credits as people type them; `thousandths` is what is kept, None when it is empty and may be. `least` is in
    thousandths too."""

    def __init__(self, label: str, *, least: int = 0, optional: bool = False, **more: Any) -> None:
        super().__init__(label, [Length(max=40), clean_text], filters=[strip], **more)
        self.least, self.optional = least, optional
        self.thousandths: int | None = None

    def pre_validate(self, form: Any) -> None:
        text = re.sub("[\\s,_'\u2019\u00a0\u202f]", "", self.data or "")
        self.thousandths = None
        if not text and self.optional:
            return
        if not re.fullmatch(r"\d{1,20}(\.\d{0,3})?|\.\d{1,3}", text, re.A):
            raise StopValidation(SENTENCE)
        amount = int(Decimal(text) * CREDIT)
        if amount < self.least:
            raise StopValidation(f"This must be at least {self.least / CREDIT:g}.")
        if amount > MOST:
            raise StopValidation("This is more than can be kept: at most a trillion credits.")
        self.thousandths = amount


class CountField(IntegerField):
    """A whole number of something, from 1; empty means no limit."""

    def __init__(self, label: str, most: int = MOST_CALLS, **more: Any) -> None:
        super().__init__(label, [Optional(), NumberRange(1, most, f"Enter a number from 1 to {most:,}.")], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = re.sub("[\\s,_'\u2019\u00a0\u202f]", "", valuelist[0]) if valuelist else ""
        if text and not re.fullmatch(r"\d{1,12}", text, re.A):
            raise ValueError("Enter a whole number.")
        self.data = int(text) if text else None


def typed(thousandths: int | None) -> str:
    """Thousandths as they stand in a field."""
    if thousandths is None:
        return ""
    whole, part = divmod(thousandths, CREDIT)
    return f"{whole}.{part:03d}".rstrip("0") if part else str(whole)


class PlacedForm(FlaskForm):
    """One of several forms of a page: its fields are named after its place, so that no two are alike."""

    place = ""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"prefix": self.place, **more})


class GrantForm(PlacedForm):
    """`once` is of this form alone: pressed twice, it gives once."""

    place = "grant"
    once = HiddenField(default=lambda: secrets.token_hex(16))
    direction = RadioField("Give or take", choices=[SelectChoice("give", "Give"), SelectChoice("take", "Take away")],
                           default="give")
    amount = CreditsField("Credits", least=1)
    reason = StringField("Reason", [InputRequired("Say why. It stands in the ledger for good."), Length(max=200),
                                    clean_text], filters=[strip])

    def validate_once(self, field: HiddenField) -> None:
        if not re.fullmatch(r"[0-9a-f]{32}", field.data or "", re.A):
            field.data = secrets.token_hex(16)
            raise ValidationError("This form was too old. Look at it and send it again.")

    @property
    def signed(self) -> int:
        amount = self.amount.thousandths or 0
        return -amount if self.direction.data == "take" else amount


class RefillForm(PlacedForm):
    place = "refill"
    seen = HiddenField()
    mode = RadioField("At each turn", choices=[
        SelectChoice("none", "No refill"), SelectChoice("set", "Replace what is left"),
        SelectChoice("add", "Add to what is left")], default="none")
    amount = CreditsField("Credits", optional=True)
    period = SelectField("Every", choices=[
        SelectChoice("day", "day, at 00:00 UTC"), SelectChoice("week", "week, on Monday"),
        SelectChoice("month", "month, on the 1st")], default="month")

    def validate_amount(self, field: CreditsField) -> None:
        if self.mode.data in ("set", "add") and not field.thousandths:
            raise ValidationError("Enter how many credits.")


class LevelsForm(PlacedForm):
    place = "levels"
    seen = HiddenField()
    warn_at = CreditsField("Warning below")
    critical_at = CreditsField("Critical below")

    def validate_critical_at(self, field: CreditsField) -> None:
        warn = self.warn_at.thousandths
        if field.thousandths is not None and warn is not None and field.thousandths > warn:
            raise ValidationError("Critical comes after the warning, so it must not be the larger number.")


class LimitsFields(PlacedForm):
    """Budgets and quotas, of a service or of one key. Empty means no limit."""

    credits_day = CreditsField("Credits a day", least=1, optional=True)
    credits_month = CreditsField("Credits a month", least=1, optional=True)
    calls_day = CountField("Calls a day")
    calls_month = CountField("Calls a month")


    @property
    def limits(self) -> Limits:
        return Limits(self.credits_day.thousandths, self.credits_month.thousandths, self.calls_day.data,
                      self.calls_month.data)


def limits_data(limits: Limits) -> dict[str, Any]:
    """The fields of a form of these limits."""
    return {"credits_day": typed(limits.credits_day), "credits_month": typed(limits.credits_month),
            "calls_day": limits.calls_day, "calls_month": limits.calls_month}


class LimitsForm(LimitsFields):
    place = "limits"
    seen = HiddenField()
