#define _GNU_SOURCE
#include "CFastCGI.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct { const char *bytes; size_t left; } input;
static _Thread_local struct { char *bytes; size_t count, capacity, limit; } output;

void postern_fastcgi_feed(const void *bytes, size_t count) { input.bytes = bytes, input.left = count; }
void postern_fastcgi_reset(size_t limit) { output.count = 0, output.limit = limit; }
const unsigned char *postern_fastcgi_written(size_t *count) { *count = output.count; return (void *)output.bytes; }
void postern_fastcgi_trim(size_t keep) {
  if (output.capacity > keep) { free(output.bytes); output.bytes = NULL; output.count = output.capacity = 0; }
}

int OS_Read(int descriptor, char *bytes, size_t count) {
  if (count > input.left) count = input.left;
  if (count == 0) return 0;
  memcpy(bytes, input.bytes, count);
  input.bytes += count, input.left -= count;
  return (int)count;
}

int OS_Write(int descriptor, char *bytes, size_t count) {
  if (count > output.limit - output.count) { errno = ENOBUFS; return -1; }
  if (count > output.capacity - output.count) {
    size_t capacity = (output.count + count) * 2;
    char *grown = realloc(output.bytes, capacity < 16384 ? 16384 : capacity);
    if (grown == NULL) return -1;
    output.bytes = grown, output.capacity = capacity < 16384 ? 16384 : capacity;
  }
  memcpy(output.bytes + output.count, bytes, count);
  output.count += count;
  return (int)count;
}

int OS_IpcClose(int descriptor, int shutdown) { return 0; }

bool postern_fastcgi_is_in_place(void) {
  return dlsym(RTLD_DEFAULT, "OS_Read") == (void *)OS_Read && dlsym(RTLD_DEFAULT, "OS_Write") == (void *)OS_Write &&
         dlsym(RTLD_DEFAULT, "OS_IpcClose") == (void *)OS_IpcClose;
}
