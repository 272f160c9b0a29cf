"""The page on which a draft is changed: cards, forms, the text beside them, saving."""
