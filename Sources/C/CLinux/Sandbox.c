#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

// A sanitizer's runtime reserves terabytes of addresses and makes system calls of its own; under one, processor time is
// limited and nothing else.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#endif

int postern_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

static bool limit(int resource, rlim_t value) {
  struct rlimit limit = {value, value};
  return setrlimit(resource, &limit) == 0;
}

/// So many bytes more of address space than there are now.
static bool limit_memory(rlim_t more) {
#ifdef UNDER_SANITIZER
  (void)more;
  return true;
#else
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file == NULL) return false;
  int found = fscanf(file, "%ld", &pages);
  fclose(file);
  return found == 1 && limit(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more);
#endif
}

/// Reading and writing what is open, memory, the end. Whatever else is called ends the process, at once, as
/// signal(7)'s SIGSYS does.
static bool filter_calls(void) {
#if defined(UNDER_SANITIZER)
  return true;
#elif defined(ARCHITECTURE)
#define ALLOWED(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  struct sock_filter rules[] = {
      // Numbers of system calls mean another thing under another architecture, of which x86-64 knows three: i386, and
      // x32, whose numbers have a bit of their own and so are none of these.
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOWED(read),
      ALLOWED(write),
      ALLOWED(brk),
      ALLOWED(munmap),
      ALLOWED(mremap),
      ALLOWED(madvise),
      ALLOWED(futex),
      ALLOWED(exit),
      ALLOWED(exit_group),
      // Memory without a file and never to be executed: the third argument of both is the protection.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
#undef ALLOWED
  struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
#else
  errno = ENOSYS;
  return false;
#endif
}

bool postern_enter_sandbox(uint64_t memory, uint64_t processor_seconds) {
  // Where memory runs out in the whole machine, this process goes first.
  int adjustment = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (adjustment >= 0) {
    if (write(adjustment, "1000", 4) < 0) { /* It is only better so. */ }
    close(adjustment);
  }
  if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0) return false;
  return limit_memory(memory) && limit(RLIMIT_CPU, processor_seconds) && limit(RLIMIT_FSIZE, 0) &&
         limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, 0) &&
         prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter_calls();
}
