from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import Length, Optional, ValidationError

from ..auth.forms import clean_text, strip
from ..skyvern.connection import clean_key, clean_url


class ConnectionForm(FlaskForm):
    url = StringField("Address of Skyvern's API", [Length(max=500), clean_text], filters=[strip])
    key = PasswordField("API key", [Optional(), Length(max=4000), clean_text])
    found = HiddenField()
    password = PasswordField("Your password", [Optional(), Length(max=1024)])

    def validate_url(self, field: StringField) -> None:
        if self.found.data:
            return
        try:
            field.data = clean_url(field.data or "")
        except ValueError as error:
            raise ValidationError(str(error) or "The address must look like http://host:8000.") from error

    @property
    def clean_key(self) -> str | None:
        return clean_key(self.key.data or "") or None


class PreferencesForm(FlaskForm):
    private_runs = BooleanField("Runs are private to who started them, and to admins")
    unknown_gets = BooleanField("Admins may read routes of a newer Skyvern that this version does not know")
