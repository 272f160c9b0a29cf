"""/setup: the first admin and the first connection."""
