// Placeholder until this module has files; delete it.
