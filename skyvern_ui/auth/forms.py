from __future__ import annotations

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def strip(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


def clean_text(_form: Any, field: Any) -> None:
    """Refuses what no keyboard types and no database keeps."""
    if isinstance(field.data, str) and UNPRINTABLE.search(field.data):
        raise ValidationError("This holds characters that cannot be stored.")


def email_address(_form: Any, field: Any) -> None:
    try:
        validate_email(field.data or "", check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValidationError("This is not an e-mail address.") from error


class SignInForm(FlaskForm):
    email = StringField("E-mail", [InputRequired("Enter your e-mail address."), Length(max=320), clean_text],
                        filters=[strip])
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1024)])
    next = HiddenField()


class NewPasswordForm(FlaskForm):
    password = PasswordField("New password", [InputRequired("Choose a password."), Length(max=1024), clean_text])
    confirm = PasswordField("The same once more", [InputRequired("Type it once more."), Length(max=1024)])

    def validate_confirm(self, field: PasswordField) -> None:
        if field.data != self.password.data:
            raise ValidationError("The two are not the same.")
