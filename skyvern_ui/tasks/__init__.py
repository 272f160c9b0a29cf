"""/tasks: say what to do, and start it."""
