"""Where a complaint belongs: rules, categories, units, places."""
