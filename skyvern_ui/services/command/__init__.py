"""`skyvern-ui services`: what an operator does at a terminal."""
