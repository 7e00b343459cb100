"""Areas of any city: from a GeoJSON of boundaries to the file that points are looked up in."""
