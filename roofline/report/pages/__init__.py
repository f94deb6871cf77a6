"""Pages of a study: views for templates, tables, formulas, text."""
