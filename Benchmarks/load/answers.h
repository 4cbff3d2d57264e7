// One answer in a stream of bytes: where it ends, and which status it has.
#pragma once
#include <stddef.h>
#include <sys/types.h>

struct answer {
  size_t length; // bytes that it takes in the stream
  int status;
};

// Finds the answer with which `bytes` begins. Returns 1 and fills `answer` when it is whole, 0 when more bytes are
// needed, -1 when this is no answer of that protocol.
typedef int (*answer_reader)(const unsigned char *bytes, size_t count, struct answer *answer);

// A FastCGI responder's answer to one request on a kept connection (FastCGI 1.0, sections 3.3, 5.5 and 6.2): records
// up to END_REQUEST, which must say REQUEST_COMPLETE with application status 0. Without a Status field it is 200.
int read_fastcgi_answer(const unsigned char *bytes, size_t count, struct answer *answer);

// An HTTP/1.1 response with Content-Length (RFC 9112, section 6.3), or of a status that has no body.
int read_http_answer(const unsigned char *bytes, size_t count, struct answer *answer);
