"""Drawings: what a chart's data looks like."""
