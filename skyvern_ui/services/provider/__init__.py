"""The page of a service's own provider key."""
