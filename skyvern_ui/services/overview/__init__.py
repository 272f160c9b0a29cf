"""How all services stand, what they spend, and when a pool runs dry."""
