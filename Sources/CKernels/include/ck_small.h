#ifndef CK_SMALL_H
#define CK_SMALL_H
#include <stddef.h>
/* Blocks of at most CK_SMALL bytes, 64-byte aligned: the storage of tensors of a few elements. */
enum { CK_SMALL = 512 };
/* A block, NULL when the machine has none. Give it back with the same number of bytes, on any thread. */
void *ck_small_take(size_t bytes);
void ck_small_give(void *block, size_t bytes);
/* Bytes in such blocks now, and handed out since the start. What other threads counted last may be missing. */
long ck_small_live(void);
long ck_small_taken(void);
#endif
