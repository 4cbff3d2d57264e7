// always_yes: the program that Postern is measured against. It speaks FastCGI through libfcgi, waits with epoll, keeps
// its connections, and lets everyone in: what is left is the cost of being asked at all.
//
//   always_yes SOCKET THREADS [FIELDS]
//
// It answers with two fields; with FIELDS, `all`, with as many as Postern, and as long ones.
//
// libfcgi reads from the socket itself, blocking, once epoll says that a request has begun. That is safe only with a
// peer that always sends whole requests, as the ones here do.
#define _GNU_SOURCE
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512, EVENTS = 64 };

static int listener;
static const char *fields = "X-Auth-User-Id: 42\r\nX-Auth-User: someone@example.com\r\n";
static const char *all_fields =
    "Cache-Control: no-store\r\nX-Auth-User-Id: 42\r\nX-Auth-User: someone@example.com\r\nX-Auth-Name: \r\n"
    "X-Auth-Role: \r\nX-Auth-Session: 0123456789abcdef0123456789abcdef\r\nX-Auth-Permissions: \r\n"
    "X-Request-Id: 0123456789abcdef\r\n";

static void watch(int poller, int descriptor, uint32_t events) {
  struct epoll_event interest = {.events = events, .data.fd = descriptor};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &interest) < 0) perror("epoll_ctl");
}

// FCGX_Accept_r first ends the request before, and closes its connection unless told to keep it.
static void answer(FCGX_Request *request, int descriptor) {
  request->ipcFd = descriptor;
  request->keepConnection = 1;
  if (FCGX_Accept_r(request) < 0) return;
  FCGX_PutS("Status: 204 No Content\r\n", request->out);
  FCGX_PutS(fields, request->out);
  FCGX_PutS("\r\n", request->out);
  FCGX_Finish_r(request);
  request->ipcFd = -1;
}

static void *serve(void *unused) {
  (void)unused;
  FCGX_Request request;
  FCGX_InitRequest(&request, -1, 0);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  watch(poller, listener, EPOLLIN | EPOLLEXCLUSIVE);
  struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int index = 0; index < count; index++) {
      if (events[index].data.fd == listener) {
        int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (accepted >= 0) watch(poller, accepted, EPOLLIN);
      } else {
        answer(&request, events[index].data.fd);
      }
    }
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 3 || count > 4 || FCGX_Init() != 0) {
    fputs("usage: always_yes SOCKET THREADS [FIELDS]\n", stderr);
    return 2;
  }
  if (count == 4) fields = all_fields;
  signal(SIGTERM, SIG_DFL);
  listener = FCGX_OpenSocket(arguments[1], BACKLOG);
  if (listener < 0 || fcntl(listener, F_SETFL, O_NONBLOCK) < 0) {
    perror(arguments[1]);
    return 1;
  }
  for (int left = atoi(arguments[2]); left > 0; left--) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0) return 1;
  }
  for (;;) pause();
}
