"""The report: charts and pages of a study. The only room that draws and renders."""
