"""Source declarations: load, validate, schedule; URL normalisation."""
