#pragma once
// System calls and structures that Swift's Glibc module lacks.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/// accept4(2) without an address.
int postern_accept(int listener);
/// Closes what `descriptor` is and makes it a second name of the open file `by`, in one step (dup3(2)); -1 and errno
/// when it cannot.
int postern_replace(int descriptor, int by);
/// Lowers the scheduling priority of the calling thread alone: Linux keeps a nice value per thread (setpriority(2)).
bool postern_lower_thread_priority(int by);
/// Names the calling thread, as `top -H` shows it; at most 15 bytes.
void postern_name_thread(const char *name);
/// sem_clockwait on the monotonic clock: false when that time has come first.
bool postern_wait_until(sem_t *semaphore, int64_t monotonic_nanoseconds);
/// An open file in that folder that has no name; -1 and errno when it cannot be had.
int postern_open_nameless_file(const char *folder);
/// An open file that lies in memory and has no name in any folder (memfd_create(2)); -1 and errno when it cannot be
/// had.
int postern_memory_file(const char *name);
/// A pipe whose ends are no other program's (pipe2(2)): reading, writing; -1 and errno when it cannot be had.
int postern_pipe(int ends[2]);
/// Starts a program that has those two as standard input and output, nowhere for its messages, no other open file, no
/// environment, no blocked or ignored signal (posix_spawn(3)). Its number, or -1 and errno.
int postern_spawn(const char *program, char *const arguments[], int input, int output);
/// Gives up all that a process does not need that only reads and writes what it has open as descriptors 0 to 2: limits
/// memory, in bytes beyond what it has now, and processor time; no new files, processes or rights; every system call
/// but for reading, writing, memory and the end kills it (seccomp(2)). For a process of one thread. False, and errno,
/// when one of them could not be had: then it must not go on.
bool postern_enter_sandbox(uint64_t memory, uint64_t processor_seconds);
/// Lets go of the code and the constants of program and libraries, which nobody writes to: what is used again comes
/// back from the system's cache, some pages at a time, and what only the start needed does not. Breakpoints that a
/// debugger has set before are gone.
void postern_release_code(void);
