"""/inbox: every run that waits for a human."""
