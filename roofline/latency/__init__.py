"""The calibrated latency model: the law, its fit, and what it predicts."""
