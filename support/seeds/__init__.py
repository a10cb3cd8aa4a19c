"""A month of support as it might have been: claims in every state, agents at work, shifts that closed."""
