"""Documents and videos are unlocked when an antivirus scanner finds nothing in them."""
