from __future__ import annotations

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ...auth.forms import clean_text, strip
from ..credits.forms import PlacedForm


class ProviderForm(PlacedForm):
    """A service's own key for a provider of models."""

    place = "provider"

    base_url = StringField("Address", [InputRequired("Enter the address of the provider's API."), Length(max=500),
                                       clean_text], filters=[strip])
    key = PasswordField("Key", [Length(max=1000), clean_text], filters=[strip])
