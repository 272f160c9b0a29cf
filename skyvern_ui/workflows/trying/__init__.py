"""Trying a workflow piece by piece: some of its blocks in a browser that stays open, with its picture beside them."""
