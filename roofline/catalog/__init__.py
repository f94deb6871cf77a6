"""Published numbers and their sources: accelerators, transformers, formats, the operator table."""
