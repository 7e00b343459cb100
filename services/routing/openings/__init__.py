"""Who has opened which restricted case: recorded before it is shown, read by auditors."""
