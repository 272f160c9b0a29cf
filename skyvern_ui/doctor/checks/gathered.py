"""Several troubles of one check as one finding, so that the history keeps one row for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..finding import ORDER, Finding


def gathered(fine: Finding, troubles: Sequence[Finding]) -> Finding:
    """`fine` when nothing is wrong; else the worst trouble under the name of `fine`, with how to mend all of them.

    The others are in the evidence, each by its title; what was measured stands after them."""
    if not troubles:
        return fine
    first, *others = sorted(troubles, key=lambda each: ORDER[each.verdict])
    fixes = tuple(dict.fromkeys(fix for each in (first, *others) for fix in each.fix))
    also = tuple(("Also", each.title) for each in others)
    pairs = dict.fromkeys(pair for each in (first, *others) for pair in each.evidence)
    rest = tuple(pair for pair in fine.evidence if pair[0] not in {name for name, _ in pairs})
    return replace(first, check=fine.check, layer=fine.layer, fix=fixes, evidence=(*also, *pairs, *rest))
