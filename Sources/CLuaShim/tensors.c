/* Userdata of tensors, which loops make by the million.
 *
 * A finalizer would cost several times what a small tensor costs to make: Lua calls it through a protected call, keeps
 * the userdata until it has run, and frees it a cycle later. So these have none. They lie in cells of a range of
 * addresses that holds nothing else; when Lua gives a cell back to the allocator, the tensor is released there, which
 * touches no Lua. To Lua a cell is as large as a small tensor with what belongs to it, so that the collector's pace is
 * that of the memory in use. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "CLuaShim.h"
#include "libraries.h"

enum { cell_size = 64, chunk_size = 1 << 20, weight = 320 };
static size_t range_size = (size_t)1 << 36;         /* of addresses; memory is taken chunk by chunk */
static atomic_uintptr_t range = (uintptr_t)1 << 63; /* where no block can be, until there is one */
static atomic_size_t handed_out;                    /* bytes of the range that threads have taken */
static size_t header;                               /* of a userdata, before the part that is ours */
static _Thread_local void *free_cells;              /* each begins with the next one */
static _Thread_local char *next_cell, *last_cell;   /* the rest of this thread's chunk */
static _Thread_local bool wanted;
static _Thread_local bool is_collecting;
static _Thread_local void *given_up;                /* while collecting: cells to be released, the oldest first */

static void give_up(void) {
  fputs("assay: out of memory\n", stderr);  /* raising could jump over Swift frames */
  abort();
}

static void reserve(void) {
  void *place = MAP_FAILED;
  for (; range_size >= (size_t)1 << 30; range_size /= 2) {
    place = mmap(NULL, range_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place != MAP_FAILED) break;
  }
  if (place == MAP_FAILED) give_up();
  atomic_store_explicit(&range, (uintptr_t)place, memory_order_release);
}

static void take_chunk(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, reserve);
  size_t offset = atomic_fetch_add(&handed_out, chunk_size);
  if (offset + chunk_size > range_size) give_up();
  next_cell = (char *)atomic_load_explicit(&range, memory_order_relaxed) + offset;
  last_cell = next_cell + chunk_size - cell_size;
  if (mprotect(next_cell, chunk_size, PROT_READ | PROT_WRITE)) give_up();
}

bool shim_is_cell(const void *block) {
  return (uintptr_t)block - atomic_load_explicit(&range, memory_order_relaxed) < range_size;
}

void *shim_take_cell(size_t size) {
  if (!wanted || size < weight || size - weight + sizeof(shim_Slot) > cell_size) return NULL;
  wanted = false;
  header = size - weight;
  char *cell = free_cells;
  if (cell) free_cells = *(void **)cell;
  else {
    if (next_cell == last_cell) take_chunk();
    cell = next_cell;
    next_cell += cell_size;
  }
  ((shim_Slot *)(cell + header))->object = NULL;
  return cell;
}

static void release_cell(void *cell) {
  shim_close_slot((shim_Slot *)((char *)cell + header));
  *(void **)cell = free_cells;
  free_cells = cell;
}

void shim_give_cell(void *cell) {
  if (!is_collecting) return release_cell(cell);
  *(void **)cell = given_up;
  given_up = cell;
}

/* A collection finds the newest tensors first. They are released last, so that the pool hands out the block first that
   was written last and of which most lies in the processor's cache. */
int shim_collect(lua_State *L, int what, int kib) {
  if (is_collecting) return lua_gc(L, what, kib);
  is_collecting = true;
  int result = lua_gc(L, what, kib);
  is_collecting = false;
  while (given_up) {
    void *cell = given_up;
    given_up = *(void **)cell;
    release_cell(cell);
  }
  return result;
}

shim_Slot *shim_new_tensor(lua_State *L, void *class_, void *tensor) {
  wanted = true;
  shim_Slot *slot = lua_newuserdatauv(L, weight, 0);
  *slot = (shim_Slot){.class_ = class_};
  lua_rawgetp(L, LUA_REGISTRYINDEX, class_);
  lua_setmetatable(L, -2);
  slot->object = tensor;
  return slot;
}

void *shim_tensor(lua_State *L, int index) {
  shim_Slot *slot = lua_touserdata(L, index);
  return shim_is_cell(slot) ? slot->object : NULL;
}
