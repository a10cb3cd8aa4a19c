"""What the house measures, each figure by SQL from rows that nobody rewrites. One file for each question."""
