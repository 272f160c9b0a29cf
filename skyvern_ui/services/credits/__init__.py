"""Credits: the ledger, prices, refills."""
