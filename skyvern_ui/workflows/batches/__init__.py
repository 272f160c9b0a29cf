"""Many runs from the rows of one table."""
