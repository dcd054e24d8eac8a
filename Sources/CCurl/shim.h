// HTTPS by libcurl. It is opened when it is first needed: it brings thirty libraries, and starting a program with them
// takes twice as long. Its calls take any number of arguments, which only C can make.
#pragma once
#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>

/// One POST, and where its answer goes.
struct mc_post {
    const char *url;
    /// Of the form's media type.
    const void *body;
    size_t body_count;
    /// PEM file of the authorities to trust instead of the system's, or NULL.
    const char *ca_file;
    long timeout_milliseconds;
    /// Takes a piece of the answer; what it returns is less than `count` to end the transfer.
    size_t (*take)(void *context, const void *bytes, size_t count);
    /// Called now and then; anything but 0 ends the transfer.
    int (*is_stopped)(void *context);
    void *context;
    /// Out: the status of HTTP, 0 where none came.
    long status;
    /// Out: why it failed.
    char reason[CURL_ERROR_SIZE];
};

static inline size_t mc_post_take(char *bytes, size_t size, size_t count, void *post) {
    struct mc_post *self = (struct mc_post *)post;
    return self->take(self->context, bytes, size * count);
}

static inline int mc_post_progress(void *post, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    struct mc_post *self = (struct mc_post *)post;
    (void)a, (void)b, (void)c, (void)d;
    return self->is_stopped(self->context);
}

/// The library, or NULL where it is not installed. Never closed.
static inline void *mc_curl(void) { return dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL); }

/// Does the POST, over TLS 1.2 or later, and follows nothing. Returns 0 where an answer came, whatever its status.
static inline int mc_post_perform(void *library, struct mc_post *post) {
    CURL *(*init)(void) = (CURL * (*)(void)) dlsym(library, "curl_easy_init");
    CURLcode (*set)(CURL *, CURLoption, ...) = (CURLcode(*)(CURL *, CURLoption, ...))dlsym(library, "curl_easy_setopt");
    CURLcode (*perform)(CURL *) = (CURLcode(*)(CURL *))dlsym(library, "curl_easy_perform");
    CURLcode (*info)(CURL *, CURLINFO, ...) = (CURLcode(*)(CURL *, CURLINFO, ...))dlsym(library, "curl_easy_getinfo");
    void (*cleanup)(CURL *) = (void (*)(CURL *))dlsym(library, "curl_easy_cleanup");
    CURL *handle;
    CURLcode code;
    if (!init || !set || !perform || !info || !cleanup || !(handle = init())) return -1;
    post->reason[0] = 0;
    set(handle, CURLOPT_URL, post->url);
    set(handle, CURLOPT_PROTOCOLS_STR, "https");
    set(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    set(handle, CURLOPT_ERRORBUFFER, post->reason);
    set(handle, CURLOPT_TIMEOUT_MS, post->timeout_milliseconds);
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body_count);
    set(handle, CURLOPT_POSTFIELDS, post->body);
    set(handle, CURLOPT_WRITEFUNCTION, mc_post_take);
    set(handle, CURLOPT_WRITEDATA, post);
    set(handle, CURLOPT_XFERINFOFUNCTION, mc_post_progress);
    set(handle, CURLOPT_XFERINFODATA, post);
    set(handle, CURLOPT_NOPROGRESS, 0L);
    if (post->ca_file) set(handle, CURLOPT_CAINFO, post->ca_file);
    code = perform(handle);
    info(handle, CURLINFO_RESPONSE_CODE, &post->status);
    cleanup(handle);
    return (int)code;
}
