"""What reference and method pages show of the code and of the catalogue."""
