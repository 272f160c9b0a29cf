from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ..auth.forms import clean_text, strip
from .credits.forms import CreditsField, PlacedForm
from .credits.ledger_rules import CREDIT
from .keys.forms import ImportedField, ScopesField
from .keys.scopes import DEFAULT
from .rules import NAME_LENGTH


class ServiceForm(FlaskForm):
    """A new service with its first key."""

    name = StringField("Name", [InputRequired("Give it a name, such as presenton-service."), Length(max=NAME_LENGTH),
                                clean_text], filters=[strip])
    credits = CreditsField("Credits to begin with", default="10000")
    key_name = StringField("Name of its first key", [InputRequired("Give the key a name."), Length(max=80),
                                                     clean_text], filters=[strip], default="first key")
    scopes = ScopesField(default=list(DEFAULT))
    imported = ImportedField()

    def validate_credits(self, field: CreditsField) -> None:
        if (field.thousandths or 0) % CREDIT:
            raise ValidationError("It begins with whole credits.")


class NameForm(PlacedForm):
    place = "service"
    seen = HiddenField()
    name = StringField("Name", [InputRequired("A service needs a name."), Length(max=NAME_LENGTH), clean_text],
                       filters=[strip])
