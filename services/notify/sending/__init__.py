"""Sends the deliveries that are due, and writes down what came of each."""
