from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, RadioField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput


class MendForm(FlaskForm):
    """What every mend asks: on which version of the settings it was decided, and who it is that decides."""

    version = IntegerField("Version", [InputRequired(), NumberRange(0, 2**31)], widget=HiddenInput())
    password = PasswordField("Your password", [InputRequired("Enter your own password to change the connection."),
                                               Length(max=1024)])


class AddressForm(MendForm):
    address = HiddenField("Address", [InputRequired(), Length(max=500)])


class KeyForm(MendForm):
    choice = RadioField("The key to use", [InputRequired("Choose a key.")], validate_choice=False)


class RepairForm(MendForm):
    version = IntegerField("Version", [InputRequired(), NumberRange(0, 2**31)], widget=HiddenInput(),
                           id="repair-version")
    password = PasswordField("Your password", [InputRequired("Enter your own password to make a new key."),
                                               Length(max=1024)], id="repair-password")
    sure = BooleanField("End all of Skyvern's present keys and make a new one",
                        [InputRequired("Tick this: every other program that uses a present key stops working.")])
