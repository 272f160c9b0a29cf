"""What the sandbox refuses, in Skyvern's words and with its status codes.

    Refusal ── status and detail, as recorded from release 1.0.56
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def invalid(where: tuple[str | int, ...], kind: str, message: str, given: Any, **context: Any) -> Refusal:
    """One entry of a 422 in the form that FastAPI gives it."""
    entry: dict[str, Any] = {"type": kind, "loc": list(where), "msg": message, "input": given}
    if context:
        entry["ctx"] = context
    return Refusal(422, [entry])


def not_one_of(where: tuple[str | int, ...], allowed: tuple[str, ...], given: Any) -> Refusal:
    quoted = [f"'{word}'" for word in allowed]
    expected = ", ".join(quoted[:-1]) + f" or {quoted[-1]}"
    return invalid(where, "enum", f"Input should be {expected}", given, expected=expected)


def whole_number(where: tuple[str | int, ...], given: Any, least: int, most: int | None, default: int) -> int:
    """`given` as an integer within its bounds, or the refusal Skyvern would answer with."""
    if given is None:
        return default
    try:
        number = int(given)
    except (TypeError, ValueError):
        raise invalid(where, "int_parsing", "Input should be a valid integer, unable to parse string as an integer",
                      given) from None
    if number < least:
        raise invalid(where, "greater_than_equal", f"Input should be greater than or equal to {least}", given,
                      ge=least)
    if most is not None and number > most:
        raise invalid(where, "less_than_equal", f"Input should be less than or equal to {most}", given, le=most)
    return number
