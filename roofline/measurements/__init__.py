"""Measured products and the conditions they were measured under."""
