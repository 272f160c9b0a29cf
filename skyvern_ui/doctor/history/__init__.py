"""How everything stood, since when, and who is told."""
