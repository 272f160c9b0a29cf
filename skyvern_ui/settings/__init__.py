"""/settings: the connection to Skyvern and the house rules."""
