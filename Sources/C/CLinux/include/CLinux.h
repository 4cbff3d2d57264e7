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
