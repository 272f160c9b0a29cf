"""Bytes and frames on their way between a client and an upstream."""
