/* Makes a program's file calls fail, kills it at one of them, and keeps what a power cut would leave of its files.
 *
 *   cc -shared -fPIC -o faults.so _faults.c      LD_PRELOAD=faults.so FAULTS_UNDER=... PROGRAM
 *
 * It stands between the program and the C library, so the program needs no hook, and SQLite is seen as well. The calls
 * that change files below one folder are counted: `create` (an open that makes a file), `write`, `sync` (of a file or a
 * folder), `truncate`, `rename`, `unlink`, `mkdir`, `chmod`. SQLite's -shm file, which is mapped memory, is left out.
 *
 *   FAULTS_UNDER   the folder, without symbolic links in its path
 *   FAULTS_LOG     a file that gets a line for each call, before it is made: "CALL BY PATH", followed by a blank and
 *                  what is done to it. BY is `sqlite` or `program`; PATH is relative to the folder, which itself is "."
 *   FAULTS_CALL    names of calls, separated by commas; all calls where it is not set
 *   FAULTS_BY      by whom; anybody where it is not set
 *   FAULTS_PATH    a pattern of fnmatch(3) for PATH; any where it is not set
 *   FAULTS_AT      which of the calls that these three admit meets the fault, from 1; none where it is not set
 *   FAULTS_DO      kill-before, kill-inside (half of a write is made, and nothing of a sync), kill-after; short (a write
 *                  of half the bytes); ENOSPC, EIO (fails); ENOSPC-on, EIO-on (from then on); full (short, then
 *                  ENOSPC-on)
 *   FAULTS_DISK    a folder for what the disk holds; none is kept where it is not set
 *
 * What the disk holds of the folder is what was synced, and only that; processes may be killed and started meanwhile:
 *
 *   FAULTS_DISK/files/INODE          what it holds of the file with this inode number
 *   FAULTS_DISK/unsynced/INODE       ranges that were written but not synced, as pairs of 64-bit numbers: offset, length
 *   FAULTS_DISK/folders/INODE/NAME   what it holds of this folder: links to the files and folders here
 *
 * A sync that fails drops the ranges: the kernel calls such pages clean, and a later sync does not write them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- settings -------------------------------------------------------------------------------------------------- */

static const char *under, *disk;
static int log_file = -1;

static struct {
    const char *call, *by, *path;
    long at;
    const char *action;
} fault;

static __attribute__((constructor)) void read_settings(void) {
    const char *log = getenv("FAULTS_LOG"), *at = getenv("FAULTS_AT");
    fault.call = getenv("FAULTS_CALL");
    fault.by = getenv("FAULTS_BY");
    fault.path = getenv("FAULTS_PATH");
    fault.at = at ? atol(at) : 0;
    fault.action = getenv("FAULTS_DO");
    disk = getenv("FAULTS_DISK");
    if (log) log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    under = getenv("FAULTS_UNDER");
}

/* The shim itself must not fail unseen: no program of ours ends with 99. */
static void check(int is_good, const char *what) {
    if (is_good) return;
    fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
    _exit(99);
}

/* --- which calls are ours -------------------------------------------------------------------------------------- */

static int is_mapped(const char *path) {
    const char *suffix = strrchr(path, '-');
    return suffix && !strcmp(suffix, "-shm");
}

/* The part of a path below the folder; NULL where it lies elsewhere. */
static const char *relative(const char *path) {
    size_t length = under ? strlen(under) : 0;
    if (!length || strncmp(path, under, length)) return NULL;
    if (!path[length]) return ".";
    if (path[length] != '/') return NULL;
    return is_mapped(path) ? NULL : path + length + 1;
}

/* The same for an open file, whose name may be gone. `buffer` holds PATH_MAX bytes. */
static const char *relative_of(int descriptor, char *buffer) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = under ? readlink(link, buffer, PATH_MAX - 1) : -1;
    if (length < 0) return NULL;
    buffer[length] = 0;
    return relative(buffer);
}

static const char *caller_name(void *address) {
    Dl_info info;
    return dladdr(address, &info) && strstr(info.dli_fname, "libsqlite3") ? "sqlite" : "program";
}

/* --- the fault ------------------------------------------------------------------------------------------------- */

/* Calls that are ours are made one after the other. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static long admitted;

typedef enum { LET, KILL_BEFORE, KILL_INSIDE, KILL_AFTER, SHORT, FAIL } Action;

static int is_listed(const char *name, const char *names) {
    size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += length)
        if ((at == names || at[-1] == ',') && (at[length] == ',' || !at[length])) return 1;
    return 0;
}

static Action action_of_this(const char *call, const char *by, const char *path) {
    if (fault.call && !is_listed(call, fault.call)) return LET;
    if (fault.by && strcmp(by, fault.by)) return LET;
    if (fault.path && fnmatch(fault.path, path, 0)) return LET;
    admitted += 1;
    if (!fault.at || admitted < fault.at) return LET;
    int is_first = admitted == fault.at, goes_on = !strcmp(fault.action, "full") || strstr(fault.action, "-on");
    if (!is_first && !goes_on) return LET;
    if (!strcmp(fault.action, "kill-before")) return KILL_BEFORE;
    if (!strcmp(fault.action, "kill-inside")) return KILL_INSIDE;
    if (!strcmp(fault.action, "kill-after")) return KILL_AFTER;
    if (!strcmp(fault.action, "short")) return SHORT;
    return is_first && !strcmp(fault.action, "full") && !strcmp(call, "write") ? SHORT : FAIL;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Begins a call: waits for its turn, counts it and says what shall become of it. */
static Action begin(const char *call, const char *path, void *caller) {
    pthread_mutex_lock(&turn);
    const char *by = caller_name(caller);
    Action action = action_of_this(call, by, path);
    if (log_file >= 0) dprintf(log_file, "%s %s %s%s%s\n", call, by, path, action ? " " : "", action ? fault.action : "");
    if (action == KILL_BEFORE) die();
    return action;
}

static int failed(void) {
    errno = strncmp(fault.action, "EIO", 3) ? ENOSPC : EIO;
    return -1;
}

/* Ends a call: gives its result and the turn back. */
static long end(Action action, long result) {
    if (action == KILL_INSIDE || action == KILL_AFTER) die();
    int number = errno;
    pthread_mutex_unlock(&turn);
    errno = number;
    return result;
}

/* --- what the disk holds --------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t offset, length;
} Range;

static void place(char *path, const char *kind, ino_t inode) {
    check(snprintf(path, PATH_MAX, "%s/%s/%lu", disk, kind, (unsigned long)inode) < PATH_MAX, "a long path");
}

static int open_place(const char *kind, ino_t inode, int flags) {
    char path[PATH_MAX];
    place(path, kind, inode);
    return open(path, flags | O_CLOEXEC, 0600);
}

static ino_t inode_of(int descriptor) {
    struct stat status;
    check(!fstat(descriptor, &status), "fstat");
    return status.st_ino;
}

/* A file that is new may have the number of one that is gone; names on the disk keep that one's bytes. */
static void note_creation(int descriptor) {
    if (!disk) return;
    char path[PATH_MAX];
    ino_t inode = inode_of(descriptor);
    place(path, "unsynced", inode);
    unlink(path);
    place(path, "files", inode);
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    check(file >= 0, path);
    close(file);
}

static void note_change(int descriptor, uint64_t offset, uint64_t length) {
    if (!disk) return;
    Range range = {offset, length};
    int ranges = open_place("unsynced", inode_of(descriptor), O_WRONLY | O_CREAT | O_APPEND);
    check(ranges >= 0 && write(ranges, &range, sizeof range) == sizeof range, "unsynced");
    close(ranges);
}

static void copy(int from, int to, Range range) {
    char buffer[1 << 16];
    while (range.length > 0) {
        size_t count = range.length < sizeof buffer ? range.length : sizeof buffer;
        ssize_t found = pread(from, buffer, count, range.offset);
        if (found <= 0) return; /* it became shorter later */
        check(syscall(SYS_pwrite64, to, buffer, found, range.offset) == found, "files");
        range.offset += found;
        range.length -= found;
    }
}

static void note_file_sync(int descriptor, struct stat *status, int is_good) {
    char path[PATH_MAX];
    place(path, "unsynced", status->st_ino);
    if (is_good) {
        int file = open_place("files", status->st_ino, O_WRONLY | O_CREAT), ranges = open(path, O_RDONLY | O_CLOEXEC);
        Range range;
        check(file >= 0, "files");
        while (ranges >= 0 && read(ranges, &range, sizeof range) == sizeof range) copy(descriptor, file, range);
        check(!syscall(SYS_ftruncate, file, status->st_size), "files");
        if (ranges >= 0) close(ranges);
        close(file);
    }
    unlink(path);
}

static void empty_folder(const char *path) {
    char name[PATH_MAX * 2];
    DIR *folder = opendir(path);
    check(folder != NULL, path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) check(!unlink(name), name);
    }
    closedir(folder);
}

static void note_folder_creation(const char *path) {
    if (!disk) return;
    char held[PATH_MAX];
    struct stat status;
    check(!stat(path, &status), path);
    place(held, "folders", status.st_ino);
    if (mkdir(held, 0700)) empty_folder(held);
}

static void note_folder_sync(const char *path, ino_t inode) {
    char held[PATH_MAX], link_path[PATH_MAX * 2], target[PATH_MAX];
    place(held, "folders", inode);
    if (mkdir(held, 0700)) empty_folder(held);
    DIR *folder = opendir(path);
    check(folder != NULL, path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || is_mapped(entry->d_name)) continue;
        snprintf(link_path, sizeof link_path, "%s/%s", held, entry->d_name);
        if (entry->d_type == DT_DIR) {
            snprintf(target, sizeof target, "../%lu", (unsigned long)entry->d_ino);
            check(!symlink(target, link_path), link_path);
        } else {
            place(target, "files", entry->d_ino);
            check(!link(target, link_path) || errno == ENOENT, link_path); /* killed before the file was noted */
        }
    }
    closedir(folder);
}

static void note_sync(int descriptor, const char *path, int is_good) {
    struct stat status;
    if (!disk) return;
    check(!fstat(descriptor, &status), "fstat");
    if (!S_ISDIR(status.st_mode)) {
        note_file_sync(descriptor, &status, is_good);
    } else if (is_good) {
        char whole[PATH_MAX];
        snprintf(whole, sizeof whole, "%s/%s", under, path);
        note_folder_sync(whole, status.st_ino);
    }
}

/* --- the calls ------------------------------------------------------------------------------------------------- */

static int opened(const char *path, int flags, mode_t mode, void *caller) {
    const char *ours = flags & O_CREAT ? relative(path) : NULL;
    if (!ours || !access(path, F_OK)) return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    Action action = begin("create", ours, caller);
    int descriptor = action == FAIL ? failed() : syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (descriptor >= 0) note_creation(descriptor);
    return end(action, descriptor);
}

static mode_t mode_after(int flags, va_list arguments) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_after(flags, arguments);
    va_end(arguments);
    return opened(path, flags, mode, __builtin_return_address(0));
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_after(flags, arguments);
    va_end(arguments);
    return opened(path, flags, mode, __builtin_return_address(0));
}

int mkostemp(char *template, int flags) {
    int (*next)(char *, int) = (int (*)(char *, int))dlsym(RTLD_NEXT, "mkostemp");
    const char *ours = relative(template);
    if (!ours) return next(template, flags);
    Action action = begin("create", ours, __builtin_return_address(0));
    int descriptor = action == FAIL ? failed() : next(template, flags);
    if (descriptor >= 0) note_creation(descriptor);
    return end(action, descriptor);
}

static ssize_t written(int descriptor, const void *bytes, size_t count, off_t offset, void *caller) {
    char buffer[PATH_MAX];
    const char *ours = relative_of(descriptor, buffer);
    if (!ours) return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    Action action = begin("write", ours, caller);
    if (action == SHORT || action == KILL_INSIDE) count = (count + 1) / 2;
    ssize_t result = action == FAIL ? failed() : syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    if (result > 0) note_change(descriptor, offset, result);
    return end(action, result);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return written(descriptor, bytes, count, offset, __builtin_return_address(0));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) {
    return written(descriptor, bytes, count, offset, __builtin_return_address(0));
}

static int synced(long number, int descriptor, void *caller) {
    char buffer[PATH_MAX];
    const char *ours = relative_of(descriptor, buffer);
    if (!ours) return syscall(number, descriptor);
    Action action = begin("sync", ours, caller);
    if (action == KILL_INSIDE) die();
    int result = action == FAIL ? failed() : syscall(number, descriptor), reason = errno;
    note_sync(descriptor, ours, !result);
    errno = reason;
    return end(action, result);
}

int fsync(int descriptor) { return synced(SYS_fsync, descriptor, __builtin_return_address(0)); }

int fdatasync(int descriptor) { return synced(SYS_fdatasync, descriptor, __builtin_return_address(0)); }

static int truncated(int descriptor, off_t length, void *caller) {
    char buffer[PATH_MAX];
    struct stat status;
    const char *ours = relative_of(descriptor, buffer);
    if (!ours || fstat(descriptor, &status)) return syscall(SYS_ftruncate, descriptor, length);
    Action action = begin("truncate", ours, caller);
    int result = action == FAIL ? failed() : syscall(SYS_ftruncate, descriptor, length);
    off_t from = length < status.st_size ? length : status.st_size, to = length + status.st_size - from;
    if (!result) note_change(descriptor, from, to - from);
    return end(action, result);
}

int ftruncate(int descriptor, off_t length) { return truncated(descriptor, length, __builtin_return_address(0)); }

int ftruncate64(int descriptor, off_t length) { return truncated(descriptor, length, __builtin_return_address(0)); }

int rename(const char *old, const char *new) {
    const char *ours = relative(new);
    if (!ours) return syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new);
    Action action = begin("rename", ours, __builtin_return_address(0));
    return end(action, action == FAIL ? failed() : syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new));
}

int unlink(const char *path) {
    const char *ours = relative(path);
    if (!ours || access(path, F_OK)) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    Action action = begin("unlink", ours, __builtin_return_address(0));
    return end(action, action == FAIL ? failed() : syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int mkdir(const char *path, mode_t mode) {
    const char *ours = relative(path);
    if (!ours || !access(path, F_OK)) return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    Action action = begin("mkdir", ours, __builtin_return_address(0));
    int result = action == FAIL ? failed() : syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!result) note_folder_creation(path);
    return end(action, result);
}

int fchmod(int descriptor, mode_t mode) {
    char buffer[PATH_MAX];
    const char *ours = relative_of(descriptor, buffer);
    if (!ours) return syscall(SYS_fchmod, descriptor, mode);
    Action action = begin("chmod", ours, __builtin_return_address(0));
    return end(action, action == FAIL ? failed() : syscall(SYS_fchmod, descriptor, mode));
}
