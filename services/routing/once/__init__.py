"""A request that an officer sends twice under one key is served once."""
