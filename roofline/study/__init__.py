"""A study: which model, on which accelerator, at which settings, and what that comes to."""
