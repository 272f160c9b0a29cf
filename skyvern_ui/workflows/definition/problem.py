"""One thing that is wrong with a document, and the place where problems are gathered."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """`where` is "block", "parameter" or "settings", `name` the label or key, `field` the field it is about. With
    `stops`, Skyvern 1.0.56 refuses the document; else it is taken, and something will go wrong when it runs."""

    where: str
    name: str
    field: str | None
    sentence: str
    stops: bool


@dataclass
class Place:
    """Gathers the problems of one block, parameter or of the settings."""

    where: str
    name: str
    found: list[Problem] = field(default_factory=list)
    warned: set[str | None] = field(default_factory=set)

    def stop(self, field: str | None, sentence: str) -> None:
        """In place of what was only a warning about the same field."""
        if field is not None and field in self.warned:
            self.warned.discard(field)
            self.found[:] = [each for each in self.found if each.stops or each.field != field]
        self.found.append(Problem(self.where, self.name, field, sentence, True))

    def warn(self, field: str | None, sentence: str) -> None:
        self.warned.add(field)
        self.found.append(Problem(self.where, self.name, field, sentence, False))

    def has(self, field: str) -> bool:
        return any(each.field == field for each in self.found)
