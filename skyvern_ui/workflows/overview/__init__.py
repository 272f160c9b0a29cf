"""A workflow at a glance: what it does, what it asks for, how it is set, how its runs went."""
