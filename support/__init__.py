"""People helping people: claims, inquiries, tickets, shifts, goodwill."""
