// Linux and glibc calls that Swift's Glibc module leaves out.
#pragma once
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <string.h>
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

/// Asks the name service of resolv.conf(5) for the records of `type` (`ns_t_srv` ...) that `name` has, without a search
/// list. With a `server_port` other than 0 it asks the server there on 127.0.0.1 instead.
/// Returns the bytes of the answer (RFC 1035, section 4), or minus an `h_errno` (`HOST_NOT_FOUND` ...).
static inline int mc_dns_query(const char *name, int type, int server_port, unsigned char *answer, int capacity) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -NO_RECOVERY;
    if (server_port != 0) {
        state.nscount = 1;
        state.nsaddr_list[0].sin_family = AF_INET;
        state.nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        state.nsaddr_list[0].sin_port = htons((unsigned short)server_port);
        state.retrans = 1;
        state.retry = 2;
    }
    int count = res_nquery(&state, name, 1, type, answer, capacity);
    int reason = state.res_h_errno;
    res_nclose(&state);
    if (count >= 0) return count < capacity ? count : capacity;
    return reason > 0 ? -reason : -NO_RECOVERY;
}
