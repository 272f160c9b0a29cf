"""/account: one's own password, sessions and theme."""
