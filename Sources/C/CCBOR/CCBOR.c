#include "CCBOR.h"
#include <cbor/callbacks.h>
#include <cbor/data.h>
#include <cbor/configuration.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
// That of the headers, since the callbacks are laid out as these say.
#define LIBRARY "libcbor.so." TEXT(CBOR_MAJOR_VERSION) "." TEXT(CBOR_MINOR_VERSION)

static struct {
  char problem[512];
  struct cbor_decoder_result (*decode)(cbor_data, size_t, const struct cbor_callbacks *, void *);
} cbor;

static void load(void) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(cbor.problem, sizeof cbor.problem, "%s", dlerror());
    return;
  }
  *(void **)&cbor.decode = dlsym(library, "cbor_stream_decode");
  if (cbor.decode == NULL) snprintf(cbor.problem, sizeof cbor.problem, "%s has no cbor_stream_decode", LIBRARY);
}

const char *postern_cbor_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return cbor.problem[0] == 0 ? NULL : cbor.problem;
}

static void note(void *context, int kind, uint64_t value) {
  struct postern_cbor_head *head = context;
  head->kind = kind;
  head->value = value;
}

static void unsigned8(void *context, uint8_t value) { note(context, postern_cbor_unsigned, value); }
static void unsigned16(void *context, uint16_t value) { note(context, postern_cbor_unsigned, value); }
static void unsigned32(void *context, uint32_t value) { note(context, postern_cbor_unsigned, value); }
static void unsigned64(void *context, uint64_t value) { note(context, postern_cbor_unsigned, value); }
static void negative8(void *context, uint8_t value) { note(context, postern_cbor_negative, value); }
static void negative16(void *context, uint16_t value) { note(context, postern_cbor_negative, value); }
static void negative32(void *context, uint32_t value) { note(context, postern_cbor_negative, value); }
static void negative64(void *context, uint64_t value) { note(context, postern_cbor_negative, value); }
static void bytes(void *context, cbor_data data, size_t count) { note(context, postern_cbor_bytes, count); }
static void text(void *context, cbor_data data, size_t count) { note(context, postern_cbor_text, count); }
static void array(void *context, size_t count) { note(context, postern_cbor_array, count); }
static void map(void *context, size_t count) { note(context, postern_cbor_map, count); }
static void tag(void *context, uint64_t value) { note(context, postern_cbor_tag, value); }
static void half(void *context, float value) { note(context, postern_cbor_floating, 0); }
static void single(void *context, float value) { note(context, postern_cbor_floating, 0); }
static void twofold(void *context, double value) { note(context, postern_cbor_floating, 0); }
static void truth(void *context, bool value) { note(context, postern_cbor_truth, value); }
static void nothing(void *context) { note(context, postern_cbor_nothing, 0); }
static void indefinite(void *context) { note(context, postern_cbor_indefinite, 0); }

static const struct cbor_callbacks callbacks = {
    .uint8 = unsigned8, .uint16 = unsigned16, .uint32 = unsigned32, .uint64 = unsigned64,
    .negint8 = negative8, .negint16 = negative16, .negint32 = negative32, .negint64 = negative64,
    .byte_string_start = indefinite, .byte_string = bytes, .string_start = indefinite, .string = text,
    .indef_array_start = indefinite, .array_start = array, .indef_map_start = indefinite, .map_start = map,
    .tag = tag, .float2 = half, .float4 = single, .float8 = twofold,
    .undefined = nothing, .null = nothing, .boolean = truth, .indef_break = indefinite,
};

int postern_cbor_read(const uint8_t *bytes, size_t count, struct postern_cbor_head *head) {
  if (count == 0) return 0;
  struct cbor_decoder_result result = cbor.decode(bytes, count, &callbacks, head);
  head->size = result.read;
  return result.status == CBOR_DECODER_FINISHED && result.read > 0 && result.read <= count;
}
