from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from ...auth.forms import clean_text, strip
from ...skyvern.values.tag import BadTag, Tag
from .rules import COLOURS, LONGEST_DESCRIPTION, checked

CHOICES = [SelectChoice(colour, colour.capitalize()) for colour in COLOURS]


class LabelForm(FlaskForm):
    """A label as it is typed, and its colour."""

    name = StringField("Label", [InputRequired("Name the label."), Length(max=330), clean_text], filters=[strip])
    colour = RadioField("Colour", choices=CHOICES, default="blue")

    def validate_name(self, field: StringField) -> None:
        try:
            checked(field.data or "")
        except BadTag as error:
            raise ValidationError(str(error)) from None

    @property
    def tag(self) -> Tag:
        return checked(self.name.data or "")


class NewLabelForm(LabelForm):
    def validate_name(self, field: StringField) -> None:
        super().validate_name(field)
        if ":" not in (field.data or ""):
            raise ValidationError("Only labels of a group are kept for themselves: write group:value. A label "
                                  "without a group is there as soon as a workflow has it.")


class GroupForm(FlaskForm):
    description = TextAreaField("Description", [Length(max=LONGEST_DESCRIPTION), clean_text], filters=[strip])
