"""The Skyvern API as this application knows it: routes, calls, values, errors. No Flask, no database."""
