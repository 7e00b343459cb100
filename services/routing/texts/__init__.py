"""What citizens wrote, kept to be searched and to be shown in lists."""
