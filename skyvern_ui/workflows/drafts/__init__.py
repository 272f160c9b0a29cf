"""What somebody has changed and not saved yet, with every step of it."""
