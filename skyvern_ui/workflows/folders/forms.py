from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from ...auth.forms import clean_text, strip


class FolderForm(FlaskForm):
    title = StringField("Name", [InputRequired("Give the folder a name."), Length(1, 255), clean_text],
                        filters=[strip])
    description = TextAreaField("Description", [Length(max=1000), clean_text], filters=[strip])


class DeletionForm(FlaskForm):
    contents = RadioField("The workflows in it", choices=[
        SelectChoice("keep", "Keep them, in no folder"), SelectChoice("delete", "Delete them too, for everybody")],
        default="keep")
    seen = HiddenField()
