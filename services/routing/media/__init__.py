"""Files of a case: what is known of each, who may see it, and under which links."""
