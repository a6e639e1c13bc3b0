/* Files in memory for what a notebook's cells write. */
#define _GNU_SOURCE
#include "CPrompt.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

int prompt_memory_file(const char *name) {
    int file = memfd_create(name, MFD_CLOEXEC);
    /* Several processes may write at once, a cell and what it started: each adds at the end. */
    if (file >= 0) fcntl(file, F_SETFL, O_APPEND);
    return file;
}

void prompt_release_bytes(int file, long start, long count) {
    fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, count);
}

void prompt_flush_output(void) { fflush(stdout); }
