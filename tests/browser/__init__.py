"""The pages in a real browser: how they look, what they need, and what they never do."""
