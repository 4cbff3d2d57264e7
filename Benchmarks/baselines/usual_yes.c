// usual_yes: what libfcgi's own examples do, saying yes to everyone. libfcgi accepts, and a thread stays with its
// connection for as long as that is kept.
//
//   usual_yes SOCKET THREADS
//
// So there must be as many threads as there are connections; one more connection waits.
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static int listener;

static void *serve(void *unused) {
  (void)unused;
  FCGX_Request request;
  FCGX_InitRequest(&request, listener, 0);
  while (FCGX_Accept_r(&request) == 0)
    FCGX_PutS("Status: 204 No Content\r\nX-Auth-User-Id: 42\r\nX-Auth-User: someone@example.com\r\n\r\n", request.out);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 3 || FCGX_Init() != 0) {
    fputs("usage: usual_yes SOCKET THREADS\n", stderr);
    return 2;
  }
  signal(SIGTERM, SIG_DFL);
  listener = FCGX_OpenSocket(arguments[1], BACKLOG);
  if (listener < 0) {
    perror(arguments[1]);
    return 1;
  }
  for (int left = atoi(arguments[2]); left > 0; left--) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0) return 1;
  }
  for (;;) pause();
}
