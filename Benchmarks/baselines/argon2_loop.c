// argon2_loop: how many Argon2id verifications this machine makes when nothing else is done.
//
//   argon2_loop THREADS SECONDS KIB PASSES LANES
//
// Each thread verifies one password against its encoded hash, again and again, as a login does. What was under way
// when the time was up is finished and counted, with the time that it took. Prints one line of JSON.
#define _GNU_SOURCE
#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SALT = 16, TAG = 32, ENCODED = 256, MAXIMUM_THREADS = 256 };

static const char password[] = "correct horse battery staple";
static char encoded[ENCODED];
static double until;

struct tally {
  long verified;
  double ended;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *verify_repeatedly(void *argument) {
  struct tally *tally = argument;
  while ((tally->ended = now()) < until) {
    if (argon2id_verify(encoded, password, sizeof password - 1) != ARGON2_OK) {
      fputs("argon2_loop: a right password was refused\n", stderr);
      exit(1);
    }
    tally->verified++;
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fputs("usage: argon2_loop THREADS SECONDS KIB PASSES LANES\n", stderr);
    return 2;
  }
  int thread_count = atoi(arguments[1]);
  if (thread_count < 1 || thread_count > MAXIMUM_THREADS) return 2;
  unsigned char salt[SALT];
  memset(salt, 7, sizeof salt);
  int failure = argon2id_hash_encoded((uint32_t)atoi(arguments[4]), (uint32_t)atoi(arguments[3]),
                                      (uint32_t)atoi(arguments[5]), password, sizeof password - 1, salt, SALT, TAG,
                                      encoded, sizeof encoded);
  if (failure != ARGON2_OK) {
    fprintf(stderr, "argon2_loop: %s\n", argon2_error_message(failure));
    return 1;
  }

  pthread_t threads[MAXIMUM_THREADS];
  struct tally tallies[MAXIMUM_THREADS] = {0};
  double from = now();
  until = from + atof(arguments[2]);
  for (int index = 0; index < thread_count; index++)
    if (pthread_create(&threads[index], NULL, verify_repeatedly, &tallies[index]) != 0) return 1;
  double per_second = 0;
  for (int index = 0; index < thread_count; index++) {
    pthread_join(threads[index], NULL);
    per_second += (double)tallies[index].verified / (tallies[index].ended - from);
  }
  printf("{\"per_second\": %.2f}\n", per_second);
  return 0;
}
