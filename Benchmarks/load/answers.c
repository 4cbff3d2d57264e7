#define _GNU_SOURCE
#include "answers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RECORD_HEADER = 8, END_REQUEST = 3, STDOUT = 6, STDERR = 7 };

static bool is_digit(unsigned char byte) { return byte >= '0' && byte <= '9'; }

// Three digits, or -1.
static int status_at(const unsigned char *bytes, size_t count) {
  if (count < 3 || !is_digit(bytes[0]) || !is_digit(bytes[1]) || !is_digit(bytes[2])) return -1;
  return (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 + (bytes[2] - '0');
}

// The value of a header field, found in any letter case; NULL when there is none. `head` ends with its last CRLF.
static const unsigned char *field(const unsigned char *head, size_t count, const char *name) {
  size_t name_length = strlen(name);
  const unsigned char *line = head, *end = head + count;
  while (line < end) {
    const unsigned char *newline = memchr(line, '\n', (size_t)(end - line));
    if (newline == NULL) return NULL;
    if ((size_t)(newline - line) > name_length && line[name_length] == ':' &&
        strncasecmp((const char *)line, name, name_length) == 0) {
      const unsigned char *value = line + name_length + 1;
      while (value < newline && *value == ' ') value++;
      return value;
    }
    line = newline + 1;
  }
  return NULL;
}

// The status in the first STDOUT record, which holds the whole head in every answer measured here.
static int status_of_head(const unsigned char *content, size_t length) {
  const unsigned char *blank = memmem(content, length, "\r\n\r\n", 4);
  if (blank == NULL) return -1;
  const unsigned char *value = field(content, (size_t)(blank - content) + 2, "Status");
  return value == NULL ? 200 : status_at(value, (size_t)(blank - value));
}

int read_fastcgi_answer(const unsigned char *bytes, size_t count, struct answer *answer) {
  int status = -1;
  size_t at = 0;
  while (at + RECORD_HEADER <= count) {
    const unsigned char *record = bytes + at;
    size_t length = (size_t)record[4] << 8 | record[5];
    size_t whole = RECORD_HEADER + length + record[6];
    if (record[0] != 1 || record[2] != 0 || record[3] != 1) return -1;
    if (at + whole > count) return 0;
    at += whole;
    switch (record[1]) {
    case STDOUT:
      if (status < 0 && length > 0 && (status = status_of_head(record + RECORD_HEADER, length)) < 0) return -1;
      break;
    case STDERR:
      break;
    case END_REQUEST: {
      static const unsigned char complete[5] = {0, 0, 0, 0, 0};
      if (length != 8 || status < 0 || memcmp(record + RECORD_HEADER, complete, sizeof complete) != 0) return -1;
      *answer = (struct answer){.length = at, .status = status};
      return 1;
    }
    default:
      return -1;
    }
  }
  return 0;
}

int read_http_answer(const unsigned char *bytes, size_t count, struct answer *answer) {
  const unsigned char *blank = memmem(bytes, count, "\r\n\r\n", 4);
  if (blank == NULL) return 0;
  size_t head = (size_t)(blank - bytes) + 4;
  if (memcmp(bytes, "HTTP/1.1 ", 9) != 0) return -1;
  int status = status_at(bytes + 9, head - 9);
  if (status < 200) return -1;
  size_t body = 0;
  if (status != 204 && status != 304) {
    const unsigned char *length = field(bytes, head - 2, "Content-Length");
    if (length == NULL || !is_digit(*length)) return -1;
    body = strtoul((const char *)length, NULL, 10);
  }
  if (count < head + body) return 0;
  *answer = (struct answer){.length = head + body, .status = status};
  return 1;
}
