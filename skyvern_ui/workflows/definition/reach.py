"""What is reached from where in one list of blocks, all at once: each block is a bit, and what it reaches a number."""

from __future__ import annotations

PASSES = 4  # one is enough without circles, which Skyvern refuses


class Reach:
    """Built from where each block leads; labels that are none of the blocks lead nowhere."""

    def __init__(self, leads: dict[str, list[str]]) -> None:
        self._labels = _from_above(leads)
        self._place = {label: at for at, label in enumerate(self._labels)}
        self._ahead = [1 << at for at in range(len(self._labels))]
        aims = [[self._place[aim] for aim in leads[label] if aim in self._place] for label in self._labels]
        for _ in range(PASSES):
            is_new = False
            for at in range(len(aims) - 1, -1, -1):
                found = self._ahead[at]
                for aim in aims[at]:
                    found |= self._ahead[aim]
                is_new |= found != self._ahead[at]
                self._ahead[at] = found
            if not is_new:
                return

    def meeting(self, starts: list[str], but: str) -> str | None:
        """The first block that is reached from all of these, not counting `but`; None when there is none."""
        common = -1
        for start in starts:
            common &= self._ahead[self._place[start]] if start in self._place else 0
        if but in self._place:
            common &= ~(1 << self._place[but])
        return self._labels[(common & -common).bit_length() - 1] if common > 0 else None


def _from_above(leads: dict[str, list[str]]) -> list[str]:
    """The blocks so that each stands before those it leads to, circles apart."""
    order: list[str] = []
    seen: set[str] = set()
    for start in reversed(leads):
        ahead = [(start, False)]
        while ahead:
            label, is_done = ahead.pop()
            if is_done:
                order.append(label)
            elif label not in seen and label in leads:
                seen.add(label)
                ahead.append((label, True))
                ahead += [(aim, False) for aim in leads[label] if aim not in seen]
    return order[::-1]
