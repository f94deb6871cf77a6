"""Files: text, YAML, tables, and the words of their errors."""
