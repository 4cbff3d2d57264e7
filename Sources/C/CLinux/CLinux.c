#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int postern_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int postern_replace(int descriptor, int by) { return dup3(by, descriptor, O_CLOEXEC); }

bool postern_lower_thread_priority(int by) {
  return setpriority(PRIO_PROCESS, gettid(), getpriority(PRIO_PROCESS, gettid()) + by) == 0;
}

void postern_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

bool postern_wait_until(sem_t *semaphore, int64_t monotonic_nanoseconds) {
  struct timespec time = {monotonic_nanoseconds / 1000000000, monotonic_nanoseconds % 1000000000};
  int result;
  do result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &time);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

int postern_open_nameless_file(const char *folder) {
  int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return descriptor;
  // A file system without O_TMPFILE: a name for a moment.
  char path[4096];
  if (snprintf(path, sizeof path, "%s/postern-XXXXXX", folder) >= (int)sizeof path) { errno = ENAMETOOLONG; return -1; }
  descriptor = mkostemp(path, O_CLOEXEC);
  if (descriptor >= 0) unlink(path);
  return descriptor;
}

static int release_code_of(struct dl_phdr_info *object, size_t size, void *nothing) {
  (void)size, (void)nothing;
  // Pages that were written to would lose it. Only an object with relocations in its code has such pages here.
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &object->dlpi_phdr[index];
    if (header->p_type != PT_DYNAMIC) continue;
    for (const ElfW(Dyn) *entry = (void *)(object->dlpi_addr + header->p_vaddr); entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL)) return 0;
  }
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &object->dlpi_phdr[index];
    if (header->p_type != PT_LOAD || header->p_flags & PF_W) continue;
    // Whole pages only: the loader may have written to the rest of the last one, which begins another segment.
    const uintptr_t begin = object->dlpi_addr + header->p_vaddr, end = begin + header->p_memsz;
    const uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
    if (first < last) madvise((void *)first, last - first, MADV_DONTNEED);
  }
  return 0;
}

void postern_release_code(void) { dl_iterate_phdr(release_code_of, NULL); }
