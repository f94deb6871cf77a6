"""Drawings as files: SVG, PNG, the cache, several processes."""
