// flush_loop: how often this disk can promise that something is kept.
//
//   flush_loop FILE SECONDS
//
// One thread appends a page of 4 KiB and waits until it has reached the disk (fdatasync), again and again: what a
// database must do at least for a transaction that survives a loss of power. Prints one line of JSON; removes the file.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fputs("usage: flush_loop FILE SECONDS\n", stderr);
    return 2;
  }
  int file = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  char page[PAGE];
  memset(page, 7, sizeof page);
  double from = now(), until = from + atof(arguments[2]), ended = from;
  long written = 0;
  while (ended < until) {
    if (write(file, page, sizeof page) != PAGE || fdatasync(file) != 0) {
      perror(arguments[1]);
      return 1;
    }
    written++;
    ended = now();
  }
  unlink(arguments[1]);
  printf("{\"per_second\": %.2f}\n", (double)written / (ended - from));
  return 0;
}
