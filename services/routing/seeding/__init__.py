"""Two years of plausible cases, for figures at the size of the city. For a bench's database only:
one that holds a case is refused."""
