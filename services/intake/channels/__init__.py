"""The fourteen doors: one adapter per channel, each turning its wire format into Inbound."""
