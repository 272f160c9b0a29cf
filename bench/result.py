"""One measured figure, with its target if it has one."""

from __future__ import annotations

from typing import NamedTuple


class Result(NamedTuple):
    what: str
    value: str
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """Met, missed, or nothing for a figure without a target."""
        return "" if self.met is None else "met" if self.met else "**missed**"
