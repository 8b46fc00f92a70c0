/* A disk that fails: preloaded into a process, it counts every call of the C
 * library that changes or makes durable something below DISK_ROOT, and lets the
 * DISK_AT-th fail.
 *
 * DISK_KIND=eio    that call fails with EIO
 *          full    that call and the next DISK_FOR - 1 fail with ENOSPC
 *          short   that write brings half of its bytes to the file and says so
 * DISK_TOLD=FILE   at the end, how many calls there were and how many failed
 *
 * Calls that a program makes without the C library are not seen.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls, failed;
static const char *root, *told;
static long at, lasts = 1;
static enum { EIO_ONCE, FULL, SHORT } kind;

__attribute__((constructor)) static void begin(void) {
    root = getenv("DISK_ROOT");
    told = getenv("DISK_TOLD");
    const char *text = getenv("DISK_AT");
    at = text ? atol(text) : 0;
    text = getenv("DISK_FOR");
    lasts = text ? atol(text) : 1;
    text = getenv("DISK_KIND");
    kind = !text || !strcmp(text, "eio") ? EIO_ONCE : !strcmp(text, "full") ? FULL : SHORT;
}

__attribute__((destructor)) static void end(void) {
    if (!told) return;
    char line[64];
    int size = snprintf(line, sizeof line, "%ld %ld\n", (long)calls, (long)failed);
    int file = syscall(SYS_openat, AT_FDCWD, told, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0) {
        (void)!syscall(SYS_write, file, line, size);
        syscall(SYS_close, file);
    }
}

static int below(const char *path) {
    return root && path && !strncmp(path, root, strlen(root));
}

/* Where an open file lies; it may have been renamed since. */
static int mine(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return below(path);
}

/* 0: goes on. Else errno, or -1 for half of a write. */
static int verdict(int writes) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (!at || number < at || number >= at + lasts) return 0;
    if (kind == SHORT && !writes) return 0;
    atomic_fetch_add(&failed, 1);
    return kind == FULL ? ENOSPC : kind == SHORT ? -1 : EIO;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(error) do { errno = (error); return -1; } while (0)
#define JUDGED(is_mine, writes) int broken = (is_mine) ? verdict(writes) : 0

#define OPENING(name)                                                     \
    int name(const char *path, int flags, ...) {                          \
        va_list more;                                                     \
        va_start(more, flags);                                            \
        mode_t mode = va_arg(more, mode_t);                               \
        va_end(more);                                                     \
        JUDGED((flags & O_CREAT) && below(path), 0);                      \
        if (broken > 0) FAIL(broken);                                     \
        return REAL(name)(path, flags, mode);                             \
    }
OPENING(open)
OPENING(open64)

#define OPENING_AT(name)                                                  \
    int name(int folder, const char *path, int flags, ...) {              \
        va_list more;                                                     \
        va_start(more, flags);                                            \
        mode_t mode = va_arg(more, mode_t);                               \
        va_end(more);                                                     \
        JUDGED((flags & O_CREAT) && below(path), 0);                      \
        if (broken > 0) FAIL(broken);                                     \
        return REAL(name)(folder, path, flags, mode);                     \
    }
OPENING_AT(openat)
OPENING_AT(openat64)

ssize_t write(int fd, const void *bytes, size_t size) {
    JUDGED(mine(fd), 1);
    if (broken > 0) FAIL(broken);
    return REAL(write)(fd, bytes, broken < 0 && size > 1 ? size / 2 : size);
}

#define WRITING_AT(name, offset_type)                                     \
    ssize_t name(int fd, const void *bytes, size_t size, offset_type to) { \
        JUDGED(mine(fd), 1);                                              \
        if (broken > 0) FAIL(broken);                                     \
        size = broken < 0 && size > 1 ? size / 2 : size;                  \
        return REAL(name)(fd, bytes, size, to);                           \
    }
WRITING_AT(pwrite, off_t)
WRITING_AT(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    JUDGED(mine(fd), 1);
    if (broken > 0) FAIL(broken);
    return REAL(writev)(fd, parts, broken < 0 && count > 1 ? count / 2 : count);
}

#define ON_FILE(name)                                                     \
    int name(int fd) {                                                    \
        JUDGED(mine(fd), 0);                                              \
        if (broken > 0) FAIL(broken);                                     \
        return REAL(name)(fd);                                            \
    }
ON_FILE(fsync)
ON_FILE(fdatasync)

int ftruncate(int fd, off_t size) {
    JUDGED(mine(fd), 0);
    if (broken > 0) FAIL(broken);
    return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    JUDGED(mine(fd), 0);
    if (broken > 0) FAIL(broken);
    return REAL(ftruncate64)(fd, size);
}

int mkdir(const char *path, mode_t mode) {
    JUDGED(below(path), 0);
    if (broken > 0) FAIL(broken);
    return REAL(mkdir)(path, mode);
}

#define ON_NAME(name)                                                     \
    int name(const char *path) {                                          \
        JUDGED(below(path), 0);                                           \
        if (broken > 0) FAIL(broken);                                     \
        return REAL(name)(path);                                          \
    }
ON_NAME(unlink)
ON_NAME(rmdir)

#define ON_NAMES(name)                                                    \
    int name(const char *from, const char *to) {                          \
        JUDGED(below(to), 0);                                             \
        if (broken > 0) FAIL(broken);                                     \
        return REAL(name)(from, to);                                      \
    }
ON_NAMES(rename)
ON_NAMES(link)
