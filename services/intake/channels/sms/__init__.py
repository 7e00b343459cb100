"""SMS 0811-1272-206: its gateways and WhatsApp."""
