/* The filter of system calls: a program for the kernel's BPF machine, written out by hand. Everything that tensors, Lua
   and files need stays; what could reach another process, the network, the machine's settings or little-tested corners of
   the kernel fails with EPERM. Calls newer than this list are answered as if the kernel had none. */
#define _GNU_SOURCE
#include "CSandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE 0
#endif

enum { MOST_INSTRUCTIONS = 1024, NEWEST_CALL = 462, X32_CALLS = 0x40000000 };

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)

static const int always[] = {
    /* other processes */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, 440 /* process_madvise */, 434 /* pidfd_open */,
    438 /* pidfd_getfd */, 424 /* pidfd_send_signal */, 448 /* process_mrelease */, SYS_kcmp, SYS_tkill,
    SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_ioprio_set, SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr, SYS_migrate_pages, SYS_move_pages, SYS_setsid,
    SYS_setpgid, SYS_get_robust_list,
    /* the machine */
    SYS_mount, SYS_umount2, 428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */, 431 /* fsconfig */,
    432 /* fsmount */, 433 /* fspick */, 442 /* mount_setattr */, 457 /* statmount */, 458 /* listmount */,
    SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_sethostname,
    SYS_setdomainname, SYS_acct, SYS_quotactl, 443 /* quotactl_fd */, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_syslog, SYS_vhangup, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
    SYS_kexec_file_load, SYS_personality,
    /* corners of the kernel */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, 425, 426, 427 /* io_uring */, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_fanotify_init, SYS_fanotify_mark, SYS_inotify_init1,
    SYS_inotify_add_watch, 447 /* memfd_secret */, SYS_seccomp, SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget,
    SYS_semctl, SYS_semop, SYS_msgget, SYS_msgctl, SYS_msgsnd, SYS_msgrcv, SYS_mq_open, SYS_mq_unlink, SYS_vmsplice,
    /* properties of files, which path rules do not cover, and names for files of elsewhere */
    SYS_fchmod, SYS_fchmodat, 452 /* fchmodat2 */, SYS_fchown, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_utimensat, SYS_linkat, SYS_symlinkat, SYS_mknodat,
    SYS_chdir, SYS_fchdir,
#if defined(__x86_64__)
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_link, SYS_symlink, SYS_mknod, SYS_iopl,
    SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_inotify_init, SYS_sysfs, SYS_lookup_dcookie,
#endif
};
static const int networking[] = {
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg,
    SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_getsockopt, SYS_setsockopt,
};
static const int executing[] = {
    SYS_execve, SYS_execveat,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork,
#endif
};

typedef struct { struct sock_filter code[MOST_INSTRUCTIONS]; unsigned short length; } Program;

static void add(Program *p, unsigned short code, uint32_t value, unsigned char yes, unsigned char no) {
  p->code[p->length++] = (struct sock_filter){code, yes, no, value};
}
static void load(Program *p, size_t offset) { add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }
static void answer(Program *p, uint32_t action) { add(p, BPF_RET | BPF_K, action, 0, 0); }
static void load_call(Program *p) { load(p, offsetof(struct seccomp_data, nr)); }
/* The low half of an argument: both processors are little-endian. */
static void load_argument(Program *p, int n) { load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)n); }
#define LIST(numbers) numbers, (int)(sizeof numbers / sizeof *numbers)

static void refuse_all(Program *p, const int *calls, int count) {
  for (int i = 0; i < count; i++) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
    answer(p, REFUSE);
  }
}

/* The call is refused unless an argument equals one of two values. */
static void require_argument(Program *p, int call, int argument, uint32_t value, uint32_t other) {
  add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
  load_argument(p, argument);
  add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 2, 0);
  add(p, BPF_JMP | BPF_JEQ | BPF_K, other, 1, 0);
  answer(p, REFUSE);
  load_call(p);
}

/* The call is refused when an argument equals the value. */
static void refuse_argument(Program *p, int call, int argument, uint32_t value) {
  add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
  load_argument(p, argument);
  add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  answer(p, REFUSE);
  load_call(p);
}

static void check_processor(Program *p) {
  load(p, offsetof(struct seccomp_data, arch));
  add(p, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
  answer(p, SECCOMP_RET_KILL_PROCESS);
  load_call(p);
  add(p, BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 0, 1);
  answer(p, SECCOMP_RET_KILL_PROCESS);
  add(p, BPF_JMP | BPF_JGT | BPF_K, NEWEST_CALL, 0, 1);
  answer(p, ABSENT);
}

/* Threads may be made, processes not. The C library falls back to `clone` when there is no `clone3`, whose flags a
   filter cannot see. */
static void check_clone(Program *p) {
  add(p, BPF_JMP | BPF_JEQ | BPF_K, 435 /* clone3 */, 0, 1);
  answer(p, ABSENT);
  add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
  load_argument(p, 0);
  add(p, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
  answer(p, REFUSE);
  load_call(p);
}

static void check_arguments(Program *p) {
  uint32_t own = (uint32_t)getpid();
  require_argument(p, SYS_kill, 0, own, own);
  require_argument(p, SYS_tgkill, 0, own, own);
  require_argument(p, SYS_prlimit64, 0, 0, own);
  require_argument(p, SYS_sched_setaffinity, 0, 0, 0); /* the calling thread */
  refuse_argument(p, SYS_ioctl, 1, TIOCSTI);
  refuse_argument(p, SYS_ioctl, 1, 0x541C /* TIOCLINUX */);
  refuse_argument(p, SYS_fcntl, 1, F_SETOWN);
  refuse_argument(p, SYS_fcntl, 1, 15 /* F_SETOWN_EX */);
}

bool box_can_restrict_calls(void) {
  uint32_t action = SECCOMP_RET_ERRNO;
  return NATIVE != 0 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int box_restrict_calls(bool network, bool exec) {
  if (!box_can_restrict_calls()) return ENOSYS;
  Program p = {.length = 0};
  check_processor(&p);
  refuse_all(&p, LIST(always));
  if (!network) refuse_all(&p, LIST(networking));
  if (!exec) {
    refuse_all(&p, LIST(executing));
    check_clone(&p);
  }
  check_arguments(&p);
  answer(&p, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {p.length, p.code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0 ? 0 : errno;
}
