#pragma once
#include <errno.h>
#include <sqlite3.h>
#include <sys/mman.h>

/// SQLITE_TRANSIENT is a cast in a macro, which Swift does not import: SQLite copies what it is bound to.
static inline sqlite3_destructor_type postern_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// To be called before anything else of SQLite is, and once. Pages are taken when they are needed, not twenty for each
/// connection when it opens; sqlite3_config is variadic, which Swift does not import.
static inline int postern_sqlite_take_pages_singly(void) {
  return sqlite3_config(SQLITE_CONFIG_PAGECACHE, (void *)0, 0, 0);
}

/// sqlite3_db_config is variadic, which Swift does not import. Nothing that a broken or planted file says can then
/// write outside its tables, and a "quoted" word that is no column is an error instead of a text.
static inline int postern_sqlite_defend(sqlite3 *db) {
  int code = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  if (code == SQLITE_OK) code = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
  if (code == SQLITE_OK) code = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
  if (code == SQLITE_OK) code = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
  return code;
}

/// Whether the index of the write-ahead log, which all processes share through a mapped file, can be written. 0 where
/// its file system has turned read-only: to write to it would end the process by SIGBUS. 1 where that cannot be told
/// (MADV_POPULATE_WRITE came with Linux 5.14).
static inline int postern_sqlite_index_is_writable(sqlite3 *db) {
  enum { region_size = 32768, madv_populate_write = 23 };
  sqlite3_file *file = 0;
  void volatile *region = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods)
    return 1;
  if (file->pMethods->iVersion < 2 || !file->pMethods->xShmMap) return 1;
  if (file->pMethods->xShmMap(file, 0, region_size, 0, &region) != SQLITE_OK || !region) return 1;
  return madvise((void *)region, region_size, madv_populate_write) == 0 || errno != EFAULT;
}
