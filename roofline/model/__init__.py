"""The model: operator rows become work, traffic, roof, points, budget and capacity."""
