from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length, ValidationError

from ..auth.forms import clean_text, strip
from ..tasks.forms import web_address


class ReceiverForm(FlaskForm):
    """Where Skyvern is to post. Left empty, to the run's own address."""

    url = StringField("Another address", [Length(max=2083), clean_text, web_address], filters=[strip])


class TestForm(FlaskForm):
    """Where Skyvern is to post an example."""

    test_url = StringField("Address", [Length(max=2083), clean_text, web_address], filters=[strip])

    def validate_test_url(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Enter an address.")
