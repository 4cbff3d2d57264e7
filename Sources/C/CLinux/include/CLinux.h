#pragma once
// System calls and structures that Swift's Glibc module lacks.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/// accept4(2) without an address.
int postern_accept(int listener);
/// Lowers the scheduling priority of the calling thread alone: Linux keeps a nice value per thread (setpriority(2)).
bool postern_lower_thread_priority(int niceness);
/// Names the calling thread, as `top -H` shows it; at most 15 bytes.
void postern_name_thread(const char *name);
/// pthread_clockjoin_np on the monotonic clock: false when the thread still runs at that time.
bool postern_join_until(pthread_t thread, int64_t monotonic_nanoseconds);
/// An open file in that folder that has no name; -1 and errno when it cannot be had.
int postern_open_nameless_file(const char *folder);
