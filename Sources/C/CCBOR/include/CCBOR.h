#pragma once
#include <stddef.h>
#include <stdint.h>

// libcbor, loaded when the first passkey comes: most starts never see one.
//
// Of libcbor only its decoder of single heads (cbor_stream_decode) is used. It allocates nothing and calls nothing of
// itself. cbor_load would make room for as many elements as a stranger says there are, and free what is nested by as
// many calls.

/// Loads the library; every call but the first only says what came of it. NULL, or why it cannot be used.
const char *postern_cbor_load(void);

enum {
  postern_cbor_unsigned,
  postern_cbor_negative,
  postern_cbor_bytes,
  postern_cbor_text,
  postern_cbor_array,
  postern_cbor_map,
  postern_cbor_tag,
  postern_cbor_floating,
  postern_cbor_truth,
  postern_cbor_nothing,
  /// Of a length that is not said, or the end of one.
  postern_cbor_indefinite,
};

struct postern_cbor_head {
  int kind;
  /// The number (of a negative one n, -1 - n), the count of bytes, of elements or of pairs, the truth.
  uint64_t value;
  /// Bytes of the head, and of the string's content behind it.
  size_t size;
};

/// Reads one head, and the content where it is a string. 1 when it is whole and well-formed, otherwise 0. To be called
/// once the library has been loaded.
int postern_cbor_read(const uint8_t *bytes, size_t count, struct postern_cbor_head *head);
