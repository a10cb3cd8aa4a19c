"""What everybody earned in a period: worked out from what nobody rewrites, and frozen."""
