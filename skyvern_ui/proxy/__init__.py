"""/api/skyvern: the one door to Skyvern's own API."""
