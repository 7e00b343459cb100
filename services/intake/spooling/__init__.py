"""Files on their way in: sealed chunk by chunk into media's spool while the body still comes."""
