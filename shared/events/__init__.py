"""The events of the stream ``crm.complaints.v1``: one file per emitter, and what they share."""
