"""Real gateways for tests: Debian's Postfix and Kannel, each with a configuration of its own."""
