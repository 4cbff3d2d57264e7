// Placeholder until this module has tests; delete it.
