"""The calls by noun: one method, one call, one line. `client.py` puts them together."""
