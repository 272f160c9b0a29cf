"""/settings/users: the people who may sign in."""
