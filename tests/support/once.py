"""What a test process works out once instead of once a test: routes compiled to code, and hashes that cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher
from werkzeug.routing import Rule

from skyvern_ui.auth import passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def rules_compiled_once() -> Iterator[None]:
    """Every application has the same routes: nine tenths of its making is to compile how their addresses are built."""
    compiled: dict[Any, Callable[..., Any]] = {}
    compile_builder: Any = Rule._compile_builder

    def remembered(self: Any, append_unknown: bool = True) -> Callable[..., Any]:
        if self.defaults:
            return compile_builder(self, append_unknown)  # type: ignore[no-any-return]
        known = (tuple(self._trace), append_unknown, tuple(sorted(self._converters)))
        if known not in compiled:
            compiled[known] = compile_builder(self, append_unknown)
        return compiled[known]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@contextmanager
def cheap_hashes() -> Iterator[None]:
    """Passwords in this process are hashed at the least cost that argon2 knows; servers beside it are not touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", CHEAP)
        yield
