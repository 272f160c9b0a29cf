"""Calls of services that were refused: counted, and why."""
