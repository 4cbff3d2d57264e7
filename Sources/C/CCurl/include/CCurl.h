#pragma once
// libcurl, loaded when it is first asked for: linked, it would bring some thirty libraries along at every start. Its
// functions with a variable number of arguments, which Swift cannot call, have one form for each kind of argument.
#include <curl/curl.h>
#include <stdbool.h>

/// Loads the library, once. NULL when it is there; else why it is not.
const char *postern_curl_load(void);
/// The name of its version, such as 7.88.1.
const char *postern_curl_version(void);

// The functions below must not be called before.

CURL *postern_curl_open(void);
void postern_curl_close(CURL *handle);
/// Forgets all options, not the connections.
void postern_curl_reset(CURL *handle);
CURLcode postern_curl_perform(CURL *handle);
const char *postern_curl_words(CURLcode code);

CURLcode postern_curl_set_number(CURL *handle, CURLoption option, long value);
CURLcode postern_curl_set_size(CURL *handle, CURLoption option, curl_off_t value);
/// The text is copied.
CURLcode postern_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode postern_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode postern_curl_set_reader(CURL *handle, curl_read_callback function);
CURLcode postern_curl_set_observer(CURL *handle, curl_debug_callback function);
CURLcode postern_curl_set_progress(CURL *handle, curl_xferinfo_callback function);

/// 0 where it is not known.
long postern_curl_number(CURL *handle, CURLINFO info);
/// The socket of the last connection, if that is open; else -1.
int postern_curl_socket(CURL *handle);

struct curl_slist *postern_curl_append(struct curl_slist *list, const char *text);
void postern_curl_free(struct curl_slist *list);
