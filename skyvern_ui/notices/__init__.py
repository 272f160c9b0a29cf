"""/notices: who is told when a run ends, how, and what was sent."""
