"""What the demo shows, room by room; each module has one function that `cashback.demo` calls."""
