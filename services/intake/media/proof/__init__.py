"""Whether a picture shows the work: compared with others, and with what the case says."""
