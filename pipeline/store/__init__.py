"""Where things are kept: objects, tables, corpus versions, the state database, leases."""
