from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.sealed import CannotOpen, Sealer, fingerprint, is_sealed

OLD, NEW = Sealer(["old secret key"]), Sealer(["new secret key", "old secret key"])


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.text(st.characters(codec="utf-8"), max_size=50))
def test_what_is_sealed_opens_only_in_its_place(text: str, place: str) -> None:
    sealed = OLD.seal(text, place)
    assert is_sealed(sealed) and (len(text) < 8 or text not in sealed)
    assert OLD.open(sealed, place) == text
    assert NEW.open(sealed, place) == text
    with pytest.raises(CannotOpen):
        OLD.open(sealed, place + "x")


@pytest.mark.parametrize("sealed", ["", "v1::", "v1:abc:!!", "v2:a:b", "plain", "v1:00000000:AAAA"])
def test_what_is_not_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(CannotOpen):
        OLD.open(sealed, "here")


def test_another_key_does_not_open_and_a_changed_byte_is_noticed() -> None:
    sealed = OLD.seal("secret", "here")
    with pytest.raises(CannotOpen):
        Sealer(["a third key"]).open(sealed, "here")
    with pytest.raises(CannotOpen):
        OLD.open(sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:], "here")


def test_a_fingerprint_tells_apart_and_gives_nothing_away() -> None:
    assert fingerprint("a") != fingerprint("b") and len(fingerprint("a")) == 12
