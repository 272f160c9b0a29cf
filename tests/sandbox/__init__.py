"""The sandbox answers as the real Skyvern does."""
