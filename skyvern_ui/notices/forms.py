from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from ..auth.forms import clean_text, strip
from ..relay.hook import judge_hook
from ..request import settings
from ..skyvern.errors import Blocked

CHANNEL_WORDS = {"browser": "Here, in the corner of any open page", "email": "By e-mail to {email}",
                 "webhook": "To a webhook"}
OUTCOME_WORDS = {"all": "However it ends, and when it waits for a person",
                 "trouble": "Only when it fails or waits for a person",
                 "paused": "Only when it waits for a person"}
DOCTOR_WORDS = {"all": "When something breaks, and when it works again", "trouble": "Only when something breaks"}
CREDITS_WORDS = {"all": "When they run low, and when there are enough again", "trouble": "Only when they run low"}
SCHEDULE_WORDS = {"all": "When something is wrong, and when it goes well again",
                  "trouble": "Only when something is wrong"}
WORDS = {"doctor": DOCTOR_WORDS, "credits": CREDITS_WORDS, "schedule": SCHEDULE_WORDS}


class WatchForm(FlaskForm):
    """What to be told about, when, and where."""

    run = HiddenField()
    workflow = HiddenField()
    doctor = HiddenField()
    credits = HiddenField()
    about = RadioField("About", default="run", validate_choice=True)
    outcomes = RadioField("When", choices=[SelectChoice(key, words) for key, words in OUTCOME_WORDS.items()],
                          default="all")
    channel = RadioField("How", default="browser")
    address = StringField("Webhook", [Length(max=2083), clean_text], filters=[strip])
    secret = PasswordField("Secret", [Length(max=200), clean_text], filters=[strip])

    def offer(self, about: list[tuple[str, str]], email: str, mail: bool) -> WatchForm:
        """What can be chosen for this run or workflow by this person."""
        self.about.choices = [SelectChoice(key, words) for key, words in about]
        if self.about.data not in dict(about):
            self.about.data = about[0][0]
        if self.about.data in WORDS:
            self.outcomes.choices = [SelectChoice(key, words) for key, words in WORDS[self.about.data].items()]
        ways = [key for key in CHANNEL_WORDS if key != "email" or mail]
        self.channel.choices = [SelectChoice(key, CHANNEL_WORDS[key].format(email=email)) for key in ways]
        return self

    def validate_address(self, field: Any) -> None:
        if self.channel.data != "webhook":
            return
        if not field.data:
            raise ValidationError("Enter the address that is to be told.")
        if "://" not in field.data:
            field.data = "https://" + field.data
        try:
            judge_hook(field.data, settings().notice_hosts)
        except Blocked as error:
            raise ValidationError(error.sentence) from error
