"""What a call of each route costs, and what it cost before."""
