/* What keeps code that nobody trusts inside its own process: Linux calls that have no wrapper in the C library.

   Two walls stand behind each other. `box_open` and its sisters are the one place where Assay opens files by name; once
   `box_confine` was called they open only what was granted. The kernel's own rules (`box_restrict_...`) hold for whatever
   else the process may be talked into. */
#ifndef CSANDBOX_H
#define CSANDBOX_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* --- grants.c: which files the process opens by name ------------------------------------------------------------- */

/* Allows a file, or everything in a folder. The path is absolute and free of links. 0, or an error number. */
int box_grant(const char *path, bool writable);
/* From now on only what was granted is opened. Relative paths begin at the working directory of this moment. */
void box_confine(void);
bool box_is_confined(void);
/* As open, stat, unlink and rename. What is not granted fails with EACCES, after the observer was told. */
int box_open(const char *path, int flags, unsigned mode);
int box_stat(const char *path, struct stat *status);
int box_unlink(const char *path);
int box_rename(const char *from, const char *to);
/* Whether the last failure of one of these on this thread was a refusal of ours and not the system's. */
bool box_was_denied(void);
/* Called for each refusal with what was asked for ("read", "write" or a function's name) and the path or "". */
void box_set_observer(void (*observer)(const char *what, const char *name));
void box_report_denial(const char *what, const char *name);

/* --- landlock.c -------------------------------------------------------------------------------------------------- */

/* The version of Landlock that the kernel has, or 0. */
int box_landlock_version(void);
typedef struct { const char *path; bool executable, writable; } box_SystemPath;
/* Confines the thread and all that it starts to what was granted and to the paths given, of which those that do
   not exist are passed over and executables only count with `exec`. 0, or an error number. */
int box_restrict_files(const box_SystemPath *paths, int count, bool network, bool exec);

/* --- calls.c ----------------------------------------------------------------------------------------------------- */

/* Whether the kernel filters system calls and this processor's calls are known. */
bool box_can_restrict_calls(void);
/* Takes away system calls for good. 0, or an error number. */
int box_restrict_calls(bool network, bool exec);

/* --- seal.c ------------------------------------------------------------------------------------------------------ */

/* Ends with its parent, gains no privileges by exec, gives up those it has. 0, or an error number. */
int box_drop_privileges(int parent);
/* Closes every descriptor from `first` on. */
int box_close_from(int first);
typedef struct { unsigned long data, seconds, file; } box_Limits;
int box_limit(const box_Limits *limits);
/* The number of threads of the process, or -1: the kernel's rules hold for threads started later. */
int box_thread_count(void);
/* The process that started this one. */
int box_parent(void);
#endif
