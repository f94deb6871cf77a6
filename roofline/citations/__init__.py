"""Citations: a stamp that names a number, found in documents and verified."""
