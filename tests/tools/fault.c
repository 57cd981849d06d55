/* Preloaded into the worker and its git: counts the calls that change files below a folder, and at the N-th
 * kills or fails as it was told. The state is a mapped file that all processes share (tools/faults.py has its twin).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, KILL_BOTH, KILL_CALLER, KILL_WORKER, FAIL, TEAR };
enum { MOST = 20000, LENGTH = 240 };

struct call {
    int64_t number;
    int32_t process;
    int32_t failed;
    char name[16];
    char path[LENGTH];
    char target[LENGTH];
};

struct state {
    atomic_long count, logged;
    int64_t at;
    int32_t action, error, lasting, worker;
    char root[LENGTH];
    struct call calls[MOST];
};

static struct state *state;

__attribute__((constructor)) static void attach(void) {
    const char *path = getenv("FAULT_STATE");
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = path ? real_open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) state = mapped;
}

/* The absolute name of a descriptor (`path` NULL), or of a path as one of the *at calls takes it. */
static void name_of(char *out, int folder, const char *path) {
    char link[64], base[PATH_MAX];
    if (path && path[0] == '/') {
        snprintf(out, PATH_MAX, "%s", path);
        return;
    }
    if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, base, sizeof base - 1);
    base[length < 0 ? 0 : length] = 0;
    snprintf(out, PATH_MAX, path ? "%s/%s" : "%s", base, path);
}

static int inside(const char *path) {
    size_t length = strlen(state->root);
    return length && !strncmp(path, state->root, length) && (path[length] == '/' || !path[length]);
}

static struct call *record(const char *name, const char *path, const char *target, long number) {
    struct call *call = &state->calls[atomic_fetch_add(&state->logged, 1) % MOST];
    call->number = number;
    call->process = getpid();
    call->failed = 0;
    snprintf(call->name, sizeof call->name, "%s", name);
    snprintf(call->path, LENGTH, "%.*s", LENGTH - 1, path);
    snprintf(call->target, LENGTH, "%.*s", LENGTH - 1, target);
    return call;
}

/* Counts a call. Gives the error that it is to fail with, 0 to go on, or -1 for a write that is to be torn. */
static int point(const char *name, int folder, const char *path, int to, const char *target) {
    char one[PATH_MAX], other[PATH_MAX] = "";
    if (!state || !state->root[0]) return 0;
    int before = errno;
    name_of(one, folder, path);
    if (target) name_of(other, to, target);
    errno = before;
    if (!inside(one) && !inside(other)) return 0;
    long number = atomic_fetch_add(&state->count, 1) + 1;
    struct call *call = record(name, one, other, number);
    if (!state->at || number < state->at || (number > state->at && !state->lasting)) return 0;
    switch (state->action) {
    case KILL_BOTH:
        kill(state->worker, SIGKILL);
        kill(getpid(), SIGKILL);
        break;
    case KILL_CALLER:
        kill(getpid(), SIGKILL);
        break;
    case KILL_WORKER:
        kill(state->worker, SIGKILL);
        break;
    case FAIL:
        call->failed = state->error;
        return state->error;
    case TEAR:
        return -1;
    }
    return 0;
}

#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = dlsym(RTLD_NEXT, #name)
#define CHECK(result, ...)                      \
    do {                                        \
        int error_ = point(__VA_ARGS__);        \
        if (error_ > 0) {                       \
            errno = error_;                     \
            return result;                      \
        }                                       \
    } while (0)
#define CHANGES (O_CREAT | O_TRUNC)
#define MODE(flags)                             \
    va_list rest;                               \
    va_start(rest, flags);                      \
    mode_t mode = va_arg(rest, mode_t);         \
    va_end(rest)

#define OPEN(name)                                                                      \
    int name(const char *path, int flags, ...) {                                        \
        REAL(int, name, const char *, int, ...);                                        \
        MODE(flags);                                                                    \
        if (flags & CHANGES) CHECK(-1, "open", AT_FDCWD, path, 0, NULL);                \
        return real(path, flags, mode);                                                 \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                    \
    int name(int folder, const char *path, int flags, ...) {                            \
        REAL(int, name, int, const char *, int, ...);                                   \
        MODE(flags);                                                                    \
        if (flags & CHANGES) CHECK(-1, "open", folder, path, 0, NULL);                  \
        return real(folder, path, flags, mode);                                         \
    }
OPENAT(openat)
OPENAT(openat64)

#define ON_PATH(name, word, parameters, path, arguments)                                \
    int name parameters {                                                               \
        int (*real) parameters = dlsym(RTLD_NEXT, #name);                               \
        CHECK(-1, word, AT_FDCWD, path, 0, NULL);                                       \
        return real arguments;                                                          \
    }
ON_PATH(creat, "open", (const char *path, mode_t mode), path, (path, mode))
ON_PATH(creat64, "open", (const char *path, mode_t mode), path, (path, mode))
ON_PATH(unlink, "unlink", (const char *path), path, (path))
ON_PATH(rmdir, "rmdir", (const char *path), path, (path))
ON_PATH(mkdir, "mkdir", (const char *path, mode_t mode), path, (path, mode))
ON_PATH(truncate, "truncate", (const char *path, off_t size), path, (path, size))
ON_PATH(truncate64, "truncate", (const char *path, off64_t size), path, (path, size))

#define ON_FILE(name, word, parameters, arguments)                                      \
    int name parameters {                                                               \
        int (*real) parameters = dlsym(RTLD_NEXT, #name);                               \
        CHECK(-1, word, file, NULL, 0, NULL);                                           \
        return real arguments;                                                          \
    }
ON_FILE(fsync, "fsync", (int file), (file))
ON_FILE(fdatasync, "fsync", (int file), (file))
ON_FILE(ftruncate, "truncate", (int file, off_t size), (file, size))
ON_FILE(ftruncate64, "truncate", (int file, off64_t size), (file, size))

#define ALLOCATE(name, offset)                                                          \
    int name(int file, offset from, offset size) {                                      \
        REAL(int, name, int, offset, offset);                                           \
        int error = point("fallocate", file, NULL, 0, NULL);                            \
        return error > 0 ? error : real(file, from, size);                              \
    }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    CHECK(-1, flags & AT_REMOVEDIR ? "rmdir" : "unlink", folder, path, 0, NULL);
    return real(folder, path, flags);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(int, mkdirat, int, const char *, mode_t);
    CHECK(-1, "mkdir", folder, path, 0, NULL);
    return real(folder, path, mode);
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    CHECK(-1, "rename", AT_FDCWD, from, AT_FDCWD, to);
    return real(from, to);
}

int renameat(int one, const char *from, int other, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    CHECK(-1, "rename", one, from, other, to);
    return real(one, from, other, to);
}

int renameat2(int one, const char *from, int other, const char *to, unsigned flags) {
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    CHECK(-1, flags & RENAME_EXCHANGE ? "exchange" : "rename", one, from, other, to);
    return real(one, from, other, to, flags);
}

int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *);
    CHECK(-1, "link", AT_FDCWD, from, AT_FDCWD, to);
    return real(from, to);
}

int linkat(int one, const char *from, int other, const char *to, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int);
    CHECK(-1, "link", one, from, other, to);
    return real(one, from, other, to, flags);
}

/* Half of what was to be written stands, and nobody lives to write the rest. */
static void tear(int file, const void *data, size_t size, off64_t at) {
    ssize_t (*real_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    ssize_t (*real_pwrite)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    if (at < 0) (void)!real_write(file, data, size / 2);
    else (void)!real_pwrite(file, data, size / 2, at);
    kill(state->worker, SIGKILL);
    kill(getpid(), SIGKILL);
}

#define WRITE(name, parameters, arguments, data, size, at)                              \
    ssize_t name parameters {                                                           \
        ssize_t (*real) parameters = dlsym(RTLD_NEXT, #name);                           \
        int error = point("write", file, NULL, 0, NULL);                                \
        if (error < 0) tear(file, data, size, at);                                      \
        if (error > 0) {                                                                \
            errno = error;                                                              \
            return -1;                                                                  \
        }                                                                               \
        return real arguments;                                                          \
    }
WRITE(write, (int file, const void *data, size_t size), (file, data, size), data, size, -1)
WRITE(pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at), data, size, at)
WRITE(pwrite64, (int file, const void *data, size_t size, off64_t at), (file, data, size, at), data, size, at)
WRITE(writev, (int file, const struct iovec *parts, int count), (file, parts, count), parts->iov_base,
      parts->iov_len, -1)

/* A test's own word between the calls: looking for `/mark/<word>`, which is never there. */
int access(const char *path, int mode) {
    REAL(int, access, const char *, int);
    if (state && state->root[0] && !strncmp(path, "/mark/", 6)) record("mark", path + 6, "", 0);
    return real(path, mode);
}
