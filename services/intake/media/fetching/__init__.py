"""Pictures that a platform keeps for us: asked for by their addresses, and of its hosts alone."""
