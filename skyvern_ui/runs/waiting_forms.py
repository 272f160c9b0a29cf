from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from ..auth.forms import clean_text, strip
from .passcode_rules import LONGEST


class AnswerForm(FlaskForm):
    """Which wait of a run is meant, and where to go afterwards."""

    block = HiddenField("Block", [Length(max=200), clean_text])
    over = HiddenField("Over", [Length(max=100), clean_text])
    back = HiddenField("Back", [Length(max=20), clean_text])


class CodeForm(FlaskForm):
    identifier = StringField("For", [DataRequired("Enter the e-mail address or number the code was sent to."),
                                     Length(max=320, message="At most 320 characters."), clean_text], filters=[strip])
    content = StringField("Code or link", [DataRequired("Enter the code, or paste the link."), Length(
        max=LONGEST, message=f"At most {LONGEST:,} characters."), clean_text], filters=[strip])
    back = HiddenField("Back", [Length(max=20), clean_text])
