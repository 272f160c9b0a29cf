"""The real servers the product is tried against: Skyvern from PyPI, a scripted model, a small site."""
