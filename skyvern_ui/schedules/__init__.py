"""/schedules: workflows that start by themselves: when, with what, and whether they did."""
