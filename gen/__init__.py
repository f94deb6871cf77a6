"""Build time: turns the model into charts, tables and pages; computes nothing itself."""
