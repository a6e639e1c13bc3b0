/* Closes itself as a confined process does, without any Lua, and then tries by bare system calls what the kernel has to
   refuse: SandboxProbe <granted folder> <folder to write in> <secret file>. One line for each attempt: its name and
   "ok" or the name of the error. */
#define _GNU_SOURCE
#include "CSandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *name, long result) {
  printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "ok");
  fflush(stdout);
}
static void try_open(const char *name, const char *path, int flags) {
  int file = open(path, flags, 0600);
  tell(name, file);
  if (file >= 0) close(file);
}
static void *nothing(void *unused) { return unused; }

static void try_files(const char *read_folder, const char *write_folder, const char *secret) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/ok.txt", read_folder);
  try_open("read-granted", path, O_RDONLY);
  try_open("write-read-only", path, O_WRONLY);
  snprintf(path, sizeof path, "%s/made.txt", write_folder);
  try_open("make-granted", path, O_RDWR | O_CREAT);
  try_open("read-secret", secret, O_RDONLY);
  try_open("truncate-secret", secret, O_WRONLY | O_TRUNC);
  snprintf(path, sizeof path, "%s/link", read_folder);
  try_open("read-link", path, O_RDONLY);
  try_open("read-passwd", "/etc/passwd", O_RDONLY);
  try_open("list-root", "/", O_RDONLY | O_DIRECTORY);
  snprintf(path, sizeof path, "%s/stolen", write_folder);
  tell("rename-secret", rename(secret, path));
  tell("link-secret", link(secret, path));
  tell("symlink", symlink(secret, path));
  tell("unlink-secret", unlink(secret));
  tell("chmod-secret", chmod(secret, 0777));
  tell("mkfifo", mknod(path, S_IFIFO | 0600, 0));
  tell("chdir", chdir("/"));
}

static void try_processes(int parent) {
  char *const words[] = {"true", NULL};
  pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  tell("fork", child);
  tell("clone3", syscall(435, NULL, 0));
  tell("exec", execve("/bin/true", words, words));
  tell("kill-parent", kill(parent, 0));
  tell("ptrace-parent", ptrace(PTRACE_ATTACH, parent, NULL, NULL));
  struct rlimit limit = {1, 1};
  tell("limit-parent", prlimit(parent, RLIMIT_NOFILE, &limit, NULL));
  tell("setsid", setsid());
  cpu_set_t processors;
  sched_getaffinity(0, sizeof processors, &processors);
  tell("own-processors", sched_setaffinity(0, sizeof processors, &processors));
  tell("parent-processors", sched_setaffinity(parent, sizeof processors, &processors));
  pthread_t thread;
  int failure = pthread_create(&thread, NULL, nothing, NULL);
  if (!failure) pthread_join(thread, NULL);
  errno = failure;
  tell("thread", failure ? -1 : 0);
  tell("kill-self", kill(getpid(), 0));
}

static void try_kernel(void) {
  tell("socket", socket(AF_INET, SOCK_STREAM, 0));
  tell("socket-local", socket(AF_UNIX, SOCK_STREAM, 0));
  tell("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
  tell("io_uring", syscall(425, 1, NULL));
  tell("bpf", syscall(SYS_bpf, 0, NULL, 0));
  tell("userfaultfd", syscall(SYS_userfaultfd, 0));
  tell("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
  tell("unshare", syscall(SYS_unshare, 0x10000000));
  tell("personality", syscall(SYS_personality, 0xffffffff));
  tell("perf", syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
  tell("seccomp", syscall(SYS_seccomp, 1, 0, NULL));
  tell("newer-than-the-filter", syscall(500));
  tell("privileges", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  tell("code-at-run-time", mprotect(page, 4096, PROT_READ | PROT_EXEC));  /* oneDNN writes its kernels so */
}

int main(int count, char **words) {
  if (count != 4) return 2;
  int parent = box_parent();
  box_Limits limits = {.data = 1ul << 30, .seconds = 20, .file = 1 << 20};
  if (box_grant(words[1], false) || box_grant(words[2], true) || box_drop_privileges(parent) || box_limit(&limits) ||
      box_thread_count() != 1 || box_restrict_files(NULL, 0, false, false) || box_restrict_calls(false, false))
    return 3;
  try_files(words[1], words[2], words[3]);
  try_processes(parent);
  try_kernel();
  return 0;
}
