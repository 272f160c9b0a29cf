"""Services: organisations with keys and credits of their own, and what they used."""
