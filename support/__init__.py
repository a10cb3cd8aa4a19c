"""People helping people: claims, inquiries, tickets. The room is empty until the claims move in."""
