#include "CCurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// The macros of the same names check the types of literal calls, and there are none.
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
  char problem[512];
  CURLcode (*global_init)(long);
  curl_version_info_data *(*version_info)(CURLversion);
  CURL *(*easy_init)(void);
  void (*easy_cleanup)(CURL *);
  void (*easy_reset)(CURL *);
  CURLcode (*easy_perform)(CURL *);
  const char *(*easy_strerror)(CURLcode);
  CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
  CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
} curl;

static void load(void) {
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(curl.problem, sizeof curl.problem, "%s", dlerror());
    return;
  }
  const struct { const char *name; void **function; } wanted[] = {
      {"curl_global_init", (void **)&curl.global_init},   {"curl_version_info", (void **)&curl.version_info},
      {"curl_easy_init", (void **)&curl.easy_init},       {"curl_easy_cleanup", (void **)&curl.easy_cleanup},
      {"curl_easy_reset", (void **)&curl.easy_reset},     {"curl_easy_perform", (void **)&curl.easy_perform},
      {"curl_easy_strerror", (void **)&curl.easy_strerror}, {"curl_easy_setopt", (void **)&curl.easy_setopt},
      {"curl_easy_getinfo", (void **)&curl.easy_getinfo}, {"curl_slist_append", (void **)&curl.slist_append},
      {"curl_slist_free_all", (void **)&curl.slist_free_all},
  };
  for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
    *wanted[index].function = dlsym(library, wanted[index].name);
    if (*wanted[index].function == NULL) {
      snprintf(curl.problem, sizeof curl.problem, "libcurl.so.4 has no %s", wanted[index].name);
      return;
    }
  }
  CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) snprintf(curl.problem, sizeof curl.problem, "libcurl: %s", curl.easy_strerror(code));
}

const char *postern_curl_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return curl.problem[0] == 0 ? NULL : curl.problem;
}

const char *postern_curl_version(void) { return curl.version_info(CURLVERSION_NOW)->version; }

CURL *postern_curl_open(void) { return curl.easy_init(); }
void postern_curl_close(CURL *handle) { curl.easy_cleanup(handle); }
void postern_curl_reset(CURL *handle) { curl.easy_reset(handle); }
CURLcode postern_curl_perform(CURL *handle) { return curl.easy_perform(handle); }
const char *postern_curl_words(CURLcode code) { return curl.easy_strerror(code); }

CURLcode postern_curl_set_number(CURL *handle, CURLoption option, long value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode postern_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode postern_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode postern_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl.easy_setopt(handle, option, value);
}
CURLcode postern_curl_set_reader(CURL *handle, curl_read_callback function) {
  return curl.easy_setopt(handle, CURLOPT_READFUNCTION, function);
}
CURLcode postern_curl_set_observer(CURL *handle, curl_debug_callback function) {
  return curl.easy_setopt(handle, CURLOPT_DEBUGFUNCTION, function);
}
CURLcode postern_curl_set_progress(CURL *handle, curl_xferinfo_callback function) {
  return curl.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}

long postern_curl_number(CURL *handle, CURLINFO info) {
  long value = 0;
  return curl.easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}
int postern_curl_socket(CURL *handle) {
  curl_socket_t value = -1;
  return curl.easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &value) == CURLE_OK ? (int)value : -1;
}

struct curl_slist *postern_curl_append(struct curl_slist *list, const char *text) {
  return curl.slist_append(list, text);
}
void postern_curl_free(struct curl_slist *list) { curl.slist_free_all(list); }
