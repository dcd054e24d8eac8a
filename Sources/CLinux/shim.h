// Linux and glibc calls that Swift's Glibc module leaves out.
#pragma once
#include <malloc.h>
#include <pthread.h>
#include <sys/eventfd.h>

/// mkostemp(3): a new file from a template that ends in XXXXXX, opened read-write with further `flags`.
extern int mkostemp(char *template_path, int flags);

/// pipe2(2): a pipe whose ends carry `flags` from the start.
extern int pipe2(int ends[2], int flags);

/// eventfd(2): a descriptor that is readable once something was written to it. -1 sets errno.
static inline int mc_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// One mallopt(3) parameter. Returns 1 on success.
static inline int mc_limit_arenas(int count) { return mallopt(M_ARENA_MAX, count); }

/// From this size in bytes on, memory comes from mmap and goes back to the system when freed. Returns 1 on success.
static inline int mc_map_from(int byte_count) { return mallopt(M_MMAP_THRESHOLD, byte_count); }

/// So many free bytes at the top of the heap go back to the system. Returns 1 on success.
static inline int mc_trim_from(int byte_count) { return mallopt(M_TRIM_THRESHOLD, byte_count); }

/// pthread_setname_np(3): names a thread with at most 15 bytes. Returns 0 or an error number.
extern int pthread_setname_np(pthread_t thread, const char *name);
