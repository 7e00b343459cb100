"""Random walks of the state machine through the real interface, against a model by hand."""
