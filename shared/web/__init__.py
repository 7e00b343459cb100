"""What people see in a browser, alike in every service: labels, languages, pages, styles."""
