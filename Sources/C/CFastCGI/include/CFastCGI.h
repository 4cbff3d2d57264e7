#pragma once
#include <fcgiapp.h>
#include <stdbool.h>
#include <stddef.h>

// libfcgi over memory: it calls OS_Read, OS_Write and OS_IpcClose through its PLT, so the ones defined here take the
// place of its own, and no socket is ever within its reach. All of it belongs to the calling thread.

/// Whether libfcgi calls the functions of this module. A linker that did not export them would leave it its own.
bool postern_fastcgi_is_in_place(void);
/// What libfcgi reads next; the bytes must stay until it has read them, and past their end it sees an end of file.
void postern_fastcgi_feed(const void *bytes, size_t count);
/// Forgets what libfcgi has written. From now on it may write `limit` bytes; more is an error of its stream (ENOBUFS).
void postern_fastcgi_reset(size_t limit);
/// What libfcgi has written since the last reset; valid until it writes again.
const unsigned char *postern_fastcgi_written(size_t *count);
/// Gives the memory of the output back where it has grown beyond `keep` bytes.
void postern_fastcgi_trim(size_t keep);
