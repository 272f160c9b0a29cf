"""/dashboard: what runs now and what failed lately."""
