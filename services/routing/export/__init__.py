"""Officers' lists as files: CSV (RFC 4180) and XLSX (ECMA-376)."""
