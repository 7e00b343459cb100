"""What the hottest statements cost when a database has served for five years."""
