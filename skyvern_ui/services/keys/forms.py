from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ...auth.forms import clean_text, strip
from ..credits.forms import CountField, CreditsField, LimitsFields, limits_data, typed
from ..seen import seen_of
from .listing_rules import Face
from .rules import OVERLAPS, Rights, Unusable, check_import
from .scopes import DEFAULT, GROUPS, SCOPES

OVERLAP_WORDS = ("At once", "After an hour", "After a day", "After a week")
SCOPE_CHOICES = [*(SelectChoice(name, label) for name, label in GROUPS.items()),
                 *(SelectChoice(each.name, each.label) for each in SCOPES)]


def lines_of(text: str | None) -> list[str]:
    """One a line, or with commas; each once."""
    return list(dict.fromkeys(part.strip() for part in re.split(r"[\n,]", text or "") if part.strip()))


def usable(_form: Any, field: PasswordField) -> None:
    """A key that a program has already, and that may be taken as it is."""
    if field.data:
        try:
            check_import(field.data)
        except Unusable as error:
            raise ValidationError(str(error)) from error


class ImportedField(PasswordField):
    """An existing key, which is never shown again."""

    def __init__(self, **more: Any) -> None:
        super().__init__("An existing key", [Optional(), Length(max=1000), usable], filters=[strip], **more)


class ScopesField(SelectMultipleField):
    """What a key may do, as check boxes that the template groups."""

    def __init__(self, **more: Any) -> None:
        super().__init__("What it may do", choices=SCOPE_CHOICES, **more)

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            raise ValidationError("Choose at least one. A key without rights opens nothing.")
        if set(self.data) - {str(choice.value) for choice in SCOPE_CHOICES}:
            raise ValidationError("One of these rights does not exist.")


class RightsForm(LimitsFields):
    """What a key is called and may do."""

    name = StringField("Name", [InputRequired("Give it a name: which program, which machine."), Length(max=80),
                                clean_text], filters=[strip])
    scopes = ScopesField(default=list(DEFAULT))
    models = TextAreaField("Models", [Length(max=10_000), clean_text], filters=[strip])
    addresses = TextAreaField("Addresses", [Length(max=10_000), clean_text], filters=[strip])
    per_minute = CountField("Calls a minute", 1_000_000)
    at_once = CountField("Calls at once", 100_000)
    spend_cap = CreditsField("Credits in all its life", optional=True)
    expires_at = DateTimeLocalField("Ends (UTC)", [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

    @property
    def rights(self) -> Rights:
        return Rights(tuple(self.scopes.data or ()), tuple(lines_of(self.models.data)),
                      tuple(lines_of(self.addresses.data)), self.per_minute.data, self.at_once.data,
                      self.spend_cap.thousandths, self.expires_at.data, limits=self.limits)


class NewKeyForm(RightsForm):
    imported = ImportedField()


class EditKeyForm(RightsForm):
    seen = HiddenField()

    @classmethod
    def of(cls, key: Face) -> EditKeyForm:
        """The form of a key as it is."""
        rights = key.rights
        return cls(formdata=None, data={
            "name": key.name, "scopes": list(rights.scopes), "models": "\n".join(rights.models),
            "addresses": "\n".join(rights.addresses), "per_minute": rights.per_minute, "at_once": rights.at_once,
            "spend_cap": typed(rights.spend_cap), "expires_at": rights.expires_at, "seen": version_of(key),
            **limits_data(rights.limits)})


def version_of(key: Face) -> str:
    """Changes with whatever this form changes."""
    return seen_of(key.name, asdict(key.rights))


class RotationForm(FlaskForm):
    overlap = RadioField("The secret in use now ends", choices=[
        SelectChoice(str(int(span.total_seconds())), word) for span, word in zip(OVERLAPS, OVERLAP_WORDS, strict=True)],
                         default=str(24 * 3600))
