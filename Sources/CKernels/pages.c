#define _GNU_SOURCE
#include <sys/mman.h>

#include "CKernels.h"

/* One page table entry per huge page changes its place; nothing is copied or cleared. Piece by piece, because a call moves
   pages of one mapping alone, and what was moved before may come from several. */
bool ck_move_pages(char *from, char *to, size_t bytes, size_t page) {
  for (size_t i = 0; i < bytes; i += page)
    if (mremap(from + i, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, to + i) == MAP_FAILED) return false;
  return true;
}
