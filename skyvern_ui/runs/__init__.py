"""/runs: every run, and one run with its live picture."""
