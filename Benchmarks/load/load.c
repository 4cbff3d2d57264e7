// load: requests over kept-alive connections, in a closed loop or at a steady rate.
//
//   load fastcgi|http ADDRESS CONNECTIONS SECONDS WARM-UP STATUS REQUESTS RATE [once]
//
// ADDRESS is a socket's path, or a port of 127.0.0.1. REQUESTS is a file of requests as they go over the wire, each
// behind its length in four bytes (big-endian); the connections send them in turn, each at most one at a time. With a
// RATE of 0 every connection sends the next when its answer is there. With another, so many requests in a second are
// due, and the wait for an answer is counted from that moment, also when every connection is still waiting: a server
// that stands still is not asked less. Every answer must have STATUS. What happens within WARM-UP seconds is checked,
// but not counted; SECONDS come after it.
//
// With `once`, no request is sent twice: when all are sent, the run is over, and what was counted until then is given
// for a second.
//
// Prints one line of JSON. A connection that breaks, bytes that are no answer, five seconds of silence, or an answer
// of another status end the run with exit status 1 and a message.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "histogram.h"

enum { ANSWER_CAPACITY = 64 * 1024, EVENTS = 256 };
static const uint64_t SECOND = 1000000000, SILENCE = 5000000000;

struct request {
  const unsigned char *bytes;
  size_t length;
};

struct connection {
  int descriptor;
  uint64_t asked_at; // when it was sent, or should have been
  size_t received;
  unsigned char answer[ANSWER_CAPACITY];
};

static struct request *requests;
static size_t request_count, next_request;
static bool is_once, has_run_out;
static struct connection **idle; // with a rate: those that wait for a request to be due
static size_t idle_count;

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

// What came over the connection, readable in a message: records hold bytes that would end or upset it.
static const char *received_text(struct connection *connection) {
  for (size_t index = 0; index < connection->received; index++) {
    unsigned char *byte = &connection->answer[index];
    if ((*byte < ' ' && *byte != '\n') || *byte > '~') *byte = '.';
  }
  connection->answer[connection->received - 1] = 0;
  return (const char *)connection->answer;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void read_requests(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail("%s: %s", path, strerror(errno));
  unsigned char prefix[4];
  while (fread(prefix, 1, sizeof prefix, file) == sizeof prefix) {
    size_t length = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 | prefix[3];
    unsigned char *bytes = malloc(length);
    requests = realloc(requests, (request_count + 1) * sizeof *requests);
    if (bytes == NULL || requests == NULL || fread(bytes, 1, length, file) != length) fail("%s: cut short", path);
    requests[request_count++] = (struct request){bytes, length};
  }
  fclose(file);
  if (request_count == 0) fail("%s: no request", path);
}

static int connected(const char *address) {
  int descriptor;
  if (address[0] == '/') {
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    if (strlen(address) >= sizeof path.sun_path) fail("%s: too long for a socket", address);
    strcpy(path.sun_path, address);
    descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(descriptor, (struct sockaddr *)&path, sizeof path) < 0) fail("%s: %s", address, strerror(errno));
  } else {
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(address))};
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(descriptor, (struct sockaddr *)&loopback, sizeof loopback) < 0)
      fail("127.0.0.1:%s: %s", address, strerror(errno));
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return descriptor;
}

static void send_next(struct connection *connection, uint64_t asked_at) {
  if (is_once && has_run_out) return;
  struct request request = requests[next_request];
  next_request = next_request + 1 == request_count ? 0 : next_request + 1;
  has_run_out = next_request == 0;
  connection->received = 0;
  connection->asked_at = asked_at;
  while (request.length > 0) {
    ssize_t count = send(connection->descriptor, request.bytes, request.length, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("send: %s", strerror(errno));
    request.bytes += count;
    request.length -= (size_t)count;
  }
}

// Reads what is there. Returns 1 and fills `answer` when it is the end of an answer.
static int receive(struct connection *connection, answer_reader reader, struct answer *answer) {
  size_t room = ANSWER_CAPACITY - connection->received;
  ssize_t count = read(connection->descriptor, connection->answer + connection->received, room);
  if (count < 0 && errno == EINTR) return 0;
  if (count < 0) fail("read: %s", strerror(errno));
  if (count == 0) fail("the server closed a connection after %zu bytes of an answer", connection->received);
  connection->received += (size_t)count;
  int found = reader(connection->answer, connection->received, answer);
  if (found < 0 || (found == 0 && connection->received == ANSWER_CAPACITY) ||
      (found > 0 && answer->length != connection->received))
    fail("no answer of this protocol:\n%s", received_text(connection));
  return found;
}

// Sends what is due. Returns when the next request will be.
static uint64_t send_due(uint64_t due, uint64_t interval) {
  for (uint64_t moment = now(); idle_count > 0 && due <= moment; due += interval) send_next(idle[--idle_count], due);
  return due;
}

// Waits for events until then, but no longer than for as long as the server may be silent.
static int wait_until(int poller, struct epoll_event *events, uint64_t moment) {
  uint64_t from = now(), span = moment > from ? moment - from : 0;
  if (span > SILENCE) span = SILENCE;
  struct timespec timeout = {.tv_sec = (time_t)(span / SECOND), .tv_nsec = (long)(span % SECOND)};
  int ready = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
  if (ready < 0 && errno != EINTR) fail("epoll_pwait2: %s", strerror(errno));
  return ready < 0 ? 0 : ready;
}

int main(int count, char **arguments) {
  is_once = count == 10 && strcmp(arguments[9], "once") == 0;
  if (count != 9 && !is_once) fail("fastcgi|http ADDRESS CONNECTIONS SECONDS WARM-UP STATUS REQUESTS RATE [once]");
  answer_reader reader = strcmp(arguments[1], "http") == 0 ? read_http_answer : read_fastcgi_answer;
  size_t connection_count = strtoul(arguments[3], NULL, 10);
  double seconds = atof(arguments[4]), warm_up = atof(arguments[5]);
  int expected = atoi(arguments[6]);
  read_requests(arguments[7]);
  uint64_t rate = strtoul(arguments[8], NULL, 10), interval = rate > 0 ? SECOND / rate : 0;
  // Timers to the microsecond: the usual slack of 50 would count as waiting.
  prctl(PR_SET_TIMERSLACK, 1);

  struct connection *connections = calloc(connection_count, sizeof *connections);
  struct histogram *latencies = calloc(1, sizeof *latencies);
  idle = calloc(connection_count, sizeof *idle);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  if (connections == NULL || latencies == NULL || idle == NULL || poller < 0) fail("no memory");
  for (size_t index = 0; index < connection_count; index++) {
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &connections[index]};
    connections[index].descriptor = connected(arguments[2]);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, connections[index].descriptor, &interest) < 0) fail("epoll_ctl");
    idle[idle_count++] = &connections[index];
  }

  uint64_t from = now() + (uint64_t)(warm_up * 1e9), until = from + (uint64_t)(seconds * 1e9), last = now();
  uint64_t due = last;
  unsigned long long checked = 0;
  struct epoll_event events[EVENTS];
  while (last < until && !(is_once && has_run_out)) {
    due = send_due(due, interval);
    int ready = wait_until(poller, events, idle_count > 0 ? due : UINT64_MAX);
    if (ready == 0 && now() - last > SILENCE) fail("no answer for %d s", (int)(SILENCE / SECOND));
    for (int index = 0; index < ready; index++) {
      struct connection *connection = events[index].data.ptr;
      struct answer answer;
      if (!receive(connection, reader, &answer)) continue;
      if (answer.status != expected) fail("status %d:\n%s", answer.status, received_text(connection));
      checked++;
      last = now();
      if (last >= from && last < until) histogram_add(latencies, last - connection->asked_at);
      if (interval > 0) idle[idle_count++] = connection;
      else send_next(connection, last);
    }
  }
  if (last < until) {
    if (last <= from) fail("%zu requests were too few", request_count);
    until = last;
  }
  printf("{\"per_second\": %.1f, \"checked\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
         (double)latencies->total * 1e9 / (double)(until - from), checked,
         histogram_percentile(latencies, 0.50) / 1e3, histogram_percentile(latencies, 0.99) / 1e3);
  return 0;
}
