from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from ..auth.forms import NewPasswordForm, clean_text, strip


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField("Current password", [InputRequired("Enter your current password."), Length(max=1024)])


class NameForm(FlaskForm):
    name = StringField("Name", [InputRequired("Enter your name."), Length(1, 100), clean_text], filters=[strip])


class ThemeForm(FlaskForm):
    theme = RadioField("Theme", choices=[SelectChoice(t) for t in ("system", "light", "dark")])
    next = HiddenField()
