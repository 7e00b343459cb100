"""What people write, made plain: cleaning, markup, phone numbers, mail text. Pure."""
