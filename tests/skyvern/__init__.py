"""What we know of Skyvern, checked."""
