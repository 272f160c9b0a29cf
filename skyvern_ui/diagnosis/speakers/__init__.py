"""The rules, a file for each who may speak."""
