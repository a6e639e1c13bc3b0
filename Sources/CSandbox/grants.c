/* The one place where files are opened by name. A granted folder is held open; what lies below it is reached from
   there by openat2, which lets neither ".." nor a link lead out, however quickly somebody renames things. */
#define _GNU_SOURCE
#include "CSandbox.h"
#include "grants.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static box_Grant grants[MOST_GRANTS];
static int count;
static bool confined;
static char start[PATH_MAX];
static _Thread_local bool denied;
static void (*observer)(const char *, const char *);

const box_Grant *box_grants(int *n) { *n = count; return grants; }
bool box_is_confined(void) { return confined; }
bool box_was_denied(void) { return denied; }
void box_set_observer(void (*o)(const char *, const char *)) { observer = o; }
void box_report_denial(const char *what, const char *name) {
  int number = errno;
  if (observer) observer(what, name);
  errno = number;
}

int box_grant(const char *path, bool writable) {
  if (count == MOST_GRANTS) return ENOSPC;
  if (path[0] != '/') return EINVAL;
  struct stat status;
  int file = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return errno;
  if (fstat(file, &status) != 0) { close(file); return errno; }
  grants[count++] = (box_Grant){strdup(path), file, writable, S_ISDIR(status.st_mode)};
  return 0;
}

void box_confine(void) {
  if (!getcwd(start, sizeof start)) start[0] = '\0';
  confined = true;
}

/* --- names --- */

/* The absolute path without ".", ".." and double slashes; false when it is too long. */
static bool normalise(const char *path, char out[PATH_MAX]) {
  char whole[2 * PATH_MAX];
  int length = path[0] == '/' ? snprintf(whole, sizeof whole, "%s", path)
                              : snprintf(whole, sizeof whole, "%s/%s", start, path);
  if (length < 0 || (size_t)length >= sizeof whole) return false;
  size_t used = 0;
  char *rest = whole, *part;
  while ((part = strsep(&rest, "/"))) {
    if (!*part || strcmp(part, ".") == 0) continue;
    if (strcmp(part, "..") == 0) {
      while (used > 0 && out[--used] != '/') {}
      continue;
    }
    size_t n = strlen(part);
    if (used + n + 2 > PATH_MAX) return false;
    out[used++] = '/';
    memcpy(out + used, part, n);
    used += n;
  }
  out[used] = '\0';
  return true;
}

/* What follows a granted path in another one: "" for itself, "a/b" below it, NULL elsewhere. */
static const char *below(const char *granted, const char *path) {
  size_t n = strlen(granted);
  if (n == 1) return path[0] ? path + 1 : "";  /* the root */
  if (strncmp(granted, path, n) != 0) return NULL;
  if (!path[n]) return "";
  return path[n] == '/' ? path + n + 1 : NULL;
}

/* --- from a granted folder --- */

/* Kernels without openat2: one step at a time, through no link at all. */
static int walk(int folder, const char *path, int flags, unsigned mode) {
  char copy[PATH_MAX];
  snprintf(copy, sizeof copy, "%s", path);
  char *rest = copy, *part;
  int here = dup(folder);
  while (here >= 0 && (part = strsep(&rest, "/"))) {
    int next = openat(here, part, rest ? O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC : flags | O_NOFOLLOW, mode);
    int number = errno;
    close(here);
    errno = number;
    here = next;
  }
  return here;
}

static int open_below(int folder, const char *path, int flags, unsigned mode) {
  struct open_how how = {
      .flags = (unsigned long)(unsigned)flags, .mode = flags & O_CREAT ? mode : 0,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  if (!*path) path = ".";
  long file = syscall(SYS_openat2, folder, path, &how, sizeof how);
  return file < 0 && errno == ENOSYS ? walk(folder, path, flags, mode) : (int)file;
}

static int refuse(const char *what, const char *path) {
  denied = true;
  if (what) box_report_denial(what, path);
  errno = EACCES;
  return -1;
}

/* Opens a granted file itself. Its O_PATH descriptor cannot be read: the name is opened anew and has to be the same. */
static int open_same(const box_Grant *grant, int flags) {
  struct stat granted, found;
  int file = open(grant->path, flags | O_NOFOLLOW);
  if (file < 0) return -1;
  if (fstat(grant->descriptor, &granted) == 0 && fstat(file, &found) == 0 && granted.st_ino == found.st_ino &&
      granted.st_dev == found.st_dev)
    return file;
  close(file);
  errno = EACCES;
  return -1;
}

/* Questions about files are refused without a word: looking for a file in several places is no attack. */
static int open_granted(const char *path, int flags, unsigned mode, bool writes) {
  const char *what = flags & O_PATH && !writes ? NULL : writes ? "write" : "read";
  char whole[PATH_MAX];
  if (!normalise(path, whole)) return refuse(what, path);
  for (int i = count - 1; i >= 0; i--) {
    const char *rest = below(grants[i].path, whole);
    if (!rest || (writes && !grants[i].writable) || (*rest && !grants[i].is_folder)) continue;
    int file = grants[i].is_folder ? open_below(grants[i].descriptor, rest, flags, mode) : open_same(&grants[i], flags);
    if (file < 0 && (errno == EXDEV || errno == ELOOP || errno == EACCES)) return refuse(what, path);
    return file;
  }
  return refuse(what, path);
}

static bool writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)); }

int box_open(const char *path, int flags, unsigned mode) {
  denied = false;
  return confined ? open_granted(path, flags | O_CLOEXEC, mode, writes(flags)) : open(path, flags, mode);
}

int box_stat(const char *path, struct stat *status) {
  denied = false;
  if (!confined) return stat(path, status);
  int file = open_granted(path, O_PATH | O_CLOEXEC, 0, false);
  if (file < 0) return -1;
  int result = fstat(file, status), number = errno;
  close(file);
  errno = number;
  return result;
}

/* The folder of a path, for writing in it, and the name there; -1 when that is not granted. */
static int open_parent(const char *path, char name[NAME_MAX + 1]) {
  char folder[PATH_MAX];
  if (!normalise(path, folder)) return refuse("write", path);
  char *slash = strrchr(folder, '/');
  if (!slash || !slash[1] || strlen(slash + 1) > NAME_MAX) return refuse("write", path);
  strcpy(name, slash + 1);
  *slash = '\0';
  return open_granted(*folder ? folder : "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0, true);
}

int box_unlink(const char *path) {
  denied = false;
  if (!confined) return unlink(path);
  char name[NAME_MAX + 1];
  int folder = open_parent(path, name);
  if (folder < 0) return -1;
  int result = unlinkat(folder, name, 0), number = errno;
  close(folder);
  errno = number;
  return result;
}

int box_rename(const char *from, const char *to) {
  denied = false;
  if (!confined) return rename(from, to);
  char old_name[NAME_MAX + 1], new_name[NAME_MAX + 1];
  int source = open_parent(from, old_name);
  if (source < 0) return -1;
  int target = open_parent(to, new_name);
  int result = target < 0 ? -1 : renameat(source, old_name, target, new_name), number = errno;
  close(source);
  if (target >= 0) close(target);
  errno = number;
  return result;
}
