// What the thread sanitizer does not see of Swift's `Mutex`, told to it. Linked in by scripts/sanitize.
//
// A Mutex that nobody else holds is taken and given back by code that the compiler puts into the caller, and the
// sanitizer sees that. One that somebody holds is handed over inside libswiftSynchronization.so, by the kernel
// (FUTEX_LOCK_PI): without these functions, which come before those of the library, the sanitizer takes whatever such
// a Mutex guards for a race.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

// `self` of a Swift method, by the calling convention of Swift.
#define SELF __attribute__((swift_context)) void *handle
#define SWIFT(name) __attribute__((swiftcall)) __attribute__((visibility("default"))) name
#define HANDLE "$s15Synchronization12_MutexHandleV"

typedef __attribute__((swiftcall)) void Lock(uint32_t thread, SELF);
typedef __attribute__((swiftcall)) bool TryLock(SELF);
typedef __attribute__((swiftcall)) void Unlock(SELF);

void SWIFT(lock_slow)(uint32_t thread, SELF) __asm__(HANDLE "9_lockSlowyys6UInt32VF");
bool SWIFT(try_lock_slow)(SELF) __asm__(HANDLE "12_tryLockSlowSbyF");
void SWIFT(unlock_slow)(SELF) __asm__(HANDLE "11_unlockSlowyyF");

static Lock *next_lock;
static TryLock *next_try_lock;
static Unlock *next_unlock;

__attribute__((constructor)) static void find(void) {
    next_lock = (Lock *)dlsym(RTLD_NEXT, HANDLE "9_lockSlowyys6UInt32VF");
    next_try_lock = (TryLock *)dlsym(RTLD_NEXT, HANDLE "12_tryLockSlowSbyF");
    next_unlock = (Unlock *)dlsym(RTLD_NEXT, HANDLE "11_unlockSlowyyF");
}

// _MutexHandle._lockSlow(UInt32)
void SWIFT(lock_slow)(uint32_t thread, SELF) {
    next_lock(thread, handle);
    __tsan_acquire(handle);
}

// _MutexHandle._tryLockSlow() -> Bool
bool SWIFT(try_lock_slow)(SELF) {
    bool is_locked = next_try_lock(handle);
    if (is_locked) __tsan_acquire(handle);
    return is_locked;
}

// _MutexHandle._unlockSlow()
void SWIFT(unlock_slow)(SELF) {
    __tsan_release(handle);
    next_unlock(handle);
}
