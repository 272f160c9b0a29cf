from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from .rules import LIFETIMES


class ShareForm(FlaskForm):
    lasts = RadioField("Works for", [InputRequired("Choose how long the link works.")], default="day",
                       choices=[SelectChoice(key, words) for key, (words, _) in LIFETIMES.items()])
    shows_inputs = BooleanField("Show the inputs")
