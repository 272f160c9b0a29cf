"""Mending the connection: shown before, tried, looked at after."""
