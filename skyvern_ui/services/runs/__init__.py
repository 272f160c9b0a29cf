"""Skyvern through a service key: which routes, whose runs, and what a run costs when it is over."""
