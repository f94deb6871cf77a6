"""Measuring a study's matrix products, and the two ceilings of the device they run on.

`plan` says what there is to measure, a `backend` runs it, `timing` repeats it until its
median is known, `session` keeps order, memory and time, `journal` keeps every row as soon
as it is measured, and `report` writes the result.
"""
