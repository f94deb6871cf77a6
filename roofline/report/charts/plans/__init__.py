"""Plans: which chart says what, as data."""
