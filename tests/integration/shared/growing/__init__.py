"""A service in small whose schema grows: it adds in 0002 and takes away in 0003."""
