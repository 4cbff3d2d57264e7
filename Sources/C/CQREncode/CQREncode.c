#include "CQREncode.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct {
  char problem[512];
  QRcode *(*encode)(const char *, int, QRecLevel, QRencodeMode, int);
  void (*free)(QRcode *);
} qrencode;

static void load(void) {
  void *library = dlopen("libqrencode.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(qrencode.problem, sizeof qrencode.problem, "%s", dlerror());
    return;
  }
  *(void **)&qrencode.encode = dlsym(library, "QRcode_encodeString");
  *(void **)&qrencode.free = dlsym(library, "QRcode_free");
  if (qrencode.encode == NULL || qrencode.free == NULL)
    snprintf(qrencode.problem, sizeof qrencode.problem, "libqrencode.so.4 lacks a function");
}

const char *postern_qrencode_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return qrencode.problem[0] == 0 ? NULL : qrencode.problem;
}

// Upper and lower case are told apart, and what is neither letter nor digit is taken byte by byte.
QRcode *postern_qrencode(const char *text) { return qrencode.encode(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1); }
void postern_qrencode_free(QRcode *code) { qrencode.free(code); }
