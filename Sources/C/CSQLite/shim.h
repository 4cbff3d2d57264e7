#pragma once
#include <sqlite3.h>

/// SQLITE_TRANSIENT is a cast in a macro, which Swift does not import: SQLite copies what it is bound to.
static inline sqlite3_destructor_type postern_sqlite_transient(void) { return SQLITE_TRANSIENT; }
