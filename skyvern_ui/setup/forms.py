from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ..auth.forms import clean_text, email_address, strip


class AdminForm(FlaskForm):
    name = StringField("Your name", [InputRequired("Enter your name."), Length(1, 100), clean_text], filters=[strip])
    email = StringField("E-mail", [InputRequired("Enter your e-mail address."), Length(max=320), clean_text,
                                   email_address], filters=[strip])
    password = PasswordField("Password", [InputRequired("Choose a password."), Length(max=1024), clean_text])
    setup_token = PasswordField("Setup token", [Optional(), Length(max=500)])
