"""Seeing ourselves from outside, with tokens of one minute."""
