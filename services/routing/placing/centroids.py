"""The middle of each kelurahan."""

import csv
from importlib.resources import files
from io import StringIO


def load_centroids() -> list[tuple[str, float, float]]:
    """Code, latitude, longitude (degrees, WGS 84) of each kelurahan."""
    text = (files("services.routing") / "data" / "kelurahan-centroids.csv").read_text("utf-8")
    rows = csv.DictReader(StringIO(text))
    return [(row["code"], float(row["lat"]), float(row["lon"])) for row in rows]
