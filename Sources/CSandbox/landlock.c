/* Landlock: which files the process may reach at all. The constants of newer kernels stand here, since a system's
   headers are often older than its kernel; rights that the running kernel does not know are left out. */
#define _GNU_SOURCE
#include "CSandbox.h"
#include "grants.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

#define EXECUTE (1ull << 0)
#define WRITE_FILE (1ull << 1)
#define READ_FILE (1ull << 2)
#define READ_DIR (1ull << 3)
#define REMOVE_FILE (1ull << 5)
#define MAKE_DIR (1ull << 7)
#define MAKE_REG (1ull << 8)
#define TRUNCATE (1ull << 14)

#define FS_VERSION_1 ((1ull << 13) - 1)
#define REFER (1ull << 13)
#define IOCTL_DEV (1ull << 15)
#define NET_BIND_CONNECT 3ull
#define SCOPE_SOCKETS_SIGNALS 3ull

#define ON_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE)

struct ruleset { uint64_t files, network, scoped; };
struct path_rule { uint64_t allowed; int32_t descriptor; } __attribute__((packed));

int box_landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
  return version < 0 ? 0 : (int)version;
}

/* What a kernel of this version can govern; sizes of the structure grew with it. */
static struct ruleset handled(int version, bool network, size_t *size) {
  struct ruleset rules = {.files = FS_VERSION_1};
  *size = sizeof rules.files;
  if (version >= 2) rules.files |= REFER;
  if (version >= 3) rules.files |= TRUNCATE;
  if (version >= 4) {
    rules.network = network ? 0 : NET_BIND_CONNECT;
    *size += sizeof rules.network;
  }
  if (version >= 5) rules.files |= IOCTL_DEV;
  if (version >= 6) {
    rules.scoped = SCOPE_SOCKETS_SIGNALS;
    *size += sizeof rules.scoped;
  }
  return rules;
}

static int allow(int ruleset, int descriptor, bool is_folder, uint64_t rights) {
  struct path_rule rule = {is_folder ? rights : rights & ON_FILES, descriptor};
  return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

static int allow_grants(int ruleset, uint64_t known) {
  int count;
  const box_Grant *grants = box_grants(&count);
  for (int i = 0; i < count; i++) {
    uint64_t rights = READ_FILE | READ_DIR;
    if (grants[i].writable) rights |= WRITE_FILE | REMOVE_FILE | MAKE_REG | MAKE_DIR | TRUNCATE;
    int status = allow(ruleset, grants[i].descriptor, grants[i].is_folder, rights & known);
    if (status) return status;
  }
  return 0;
}

static int allow_system(int ruleset, const box_SystemPath *path) {
  struct stat status;
  int file = open(path->path, O_PATH | O_CLOEXEC);
  if (file < 0) return 0;
  uint64_t rights = READ_FILE | READ_DIR | (path->executable ? EXECUTE : 0) | (path->writable ? WRITE_FILE : 0);
  int result = fstat(file, &status) != 0 ? errno : allow(ruleset, file, S_ISDIR(status.st_mode), rights);
  close(file);
  return result;
}

int box_restrict_files(const box_SystemPath *paths, int count, bool network, bool exec) {
  int version = box_landlock_version();
  if (version < 1) return ENOSYS;
  size_t size;
  struct ruleset rules = handled(version, network, &size);
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
  if (ruleset < 0) return errno;
  int status = allow_grants(ruleset, rules.files);
  for (int i = 0; i < count && !status; i++)
    if (exec || !paths[i].executable) status = allow_system(ruleset, &paths[i]);
  if (!status && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) status = errno;
  close(ruleset);
  return status;
}
