"""Pictures that a link shows elsewhere: previews and badges."""
