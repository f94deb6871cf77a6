"""Charts as data, their drawings, and the files that come of them."""
