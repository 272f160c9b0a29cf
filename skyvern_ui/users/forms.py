from __future__ import annotations

from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ..auth.forms import clean_text, email_address, strip
from ..models.columns import now


class PersonForm(FlaskForm):
    name = StringField("Name", [InputRequired("Enter a name."), Length(1, 100), clean_text], filters=[strip])
    email = StringField("E-mail", [InputRequired("Enter an e-mail address."), Length(max=320), clean_text,
                                   email_address], filters=[strip])
    role = RadioField("Role", choices=[
        SelectChoice("user", "User: runs automations"), SelectChoice("admin", "Admin: everything, and this")],
                      default="user")
    password = PasswordField("Password", [Optional(), Length(max=1024), clean_text])


class BanForm(FlaskForm):
    reason = StringField("Reason", [Optional(), Length(max=500), clean_text], filters=[strip])
    until = DateTimeLocalField("Until (UTC)", [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

    def validate_until(self, field: DateTimeLocalField) -> None:
        if isinstance(field.data, datetime) and field.data <= now():
            raise ValidationError("This is in the past.")


class RoleForm(FlaskForm):
    role = RadioField("Role", choices=[SelectChoice("user", "User"), SelectChoice("admin", "Admin")])
