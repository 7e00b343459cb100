"""The tracking page: HTML that works without JavaScript, in Indonesian and English."""
