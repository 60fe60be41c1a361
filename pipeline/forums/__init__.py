"""Forum engines: one module each behind one Protocol."""
