"""What to be told about a schedule, and where."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from ..notices.forms import CHANNEL_WORDS, SCHEDULE_WORDS, WatchForm
from .watch_rules import MOST_FAILURES


class ScheduleWatchForm(WatchForm):
    """The form of every watch, with what is wrong with a schedule in place of how a run ends."""

    missed = BooleanField("It did not start when it should have")
    failures = IntegerField("Runs of it failed so many times in a row", [
        Optional(), NumberRange(1, MOST_FAILURES, f"A number from 1 to {MOST_FAILURES}.")])

    def offer_ways(self, email: str, mail: bool) -> ScheduleWatchForm:
        """What can be chosen by this person."""
        self.about.choices = [SelectChoice("schedule", "This schedule")]
        self.about.data = "schedule"
        self.outcomes.choices = [SelectChoice(key, words) for key, words in SCHEDULE_WORDS.items()]
        self.channel.choices = [SelectChoice(key, words.format(email=email)) for key, words in CHANNEL_WORDS.items()
                                if key != "email" or mail]
        return self

    def validate_missed(self, field: BooleanField) -> None:
        if not field.data and not self.failures.data:
            raise ValidationError("Choose at least one: a start that did not come, or runs that failed.")
