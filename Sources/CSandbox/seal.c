/* What a process gives up before it runs what nobody trusts: privileges, descriptors, resources. */
#define _GNU_SOURCE
#include "CSandbox.h"
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int box_parent(void) { return getppid(); }

int box_drop_privileges(int parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  if (getppid() != parent) return ESRCH;  /* it ended before it could be watched */
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return errno;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int box_close_from(int first) {
  if (syscall(436 /* close_range */, (unsigned)first, ~0u, 0) == 0) return 0;
  struct rlimit limit;
  int most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
  for (int file = first; file < most; file++) close(file);
  return 0;
}

/* Lowers a limit, never raises one. */
static int lower(__rlimit_resource_t resource, rlim_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return errno;
  if (value < limit.rlim_max) limit.rlim_max = value;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

int box_limit(const box_Limits *limits) {
  int status = lower(RLIMIT_CORE, 0);
  if (!status) status = lower(RLIMIT_NOFILE, 512);
  if (!status) status = lower(RLIMIT_FSIZE, limits->file);
  if (!status) status = lower(RLIMIT_DATA, limits->data);
  if (!status) status = lower(RLIMIT_CPU, limits->seconds);
  return status;
}

int box_thread_count(void) {
  struct stat status;
  return stat("/proc/self/task", &status) == 0 ? (int)status.st_nlink - 2 : -1;
}
