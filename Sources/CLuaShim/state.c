/* The state: allocator, libraries, collector. */
#include "CKernels.h"
#include "CLuaShim.h"
#include "libraries.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A block that a runaway script asks for is refused, which Lua reports as an ordinary error: such blocks are only
   ever asked for inside Lua or inside protected.c, never by a call that Swift makes directly. A small block that the
   machine cannot give ends the process: raising then could jump over Swift frames. */
static const size_t largest_block = (size_t)1 << 30, small_block = (size_t)64 << 20;

/* Bytes that Lua asked for on this thread. A fresh block's old size is the kind of object that it is for. */
static _Thread_local size_t allocated;
size_t shim_allocated_bytes(void) { return allocated; }

/* A confined state has a limit for what it holds, together with what is held for it elsewhere. Lua collects its garbage
   when a block is refused and asks for it once more; only then is the limit reached, which ends the run at its next
   instruction. On the way there small blocks are still given, since refusing them could raise through Swift frames. */
static _Thread_local size_t held;
static size_t limit, elsewhere_at_look, held_at_look;
static size_t (*elsewhere)(void);
static const void *refused_block;
static size_t refused_size;
static const size_t modest_block = (size_t)16 << 20, look_step = (size_t)1 << 20, slack = (size_t)64 << 20;

size_t shim_held_bytes(void) { return held; }
void shim_limit_memory(size_t bytes, size_t (*bytes_elsewhere)(void)) {
  elsewhere = bytes_elsewhere;
  limit = bytes;
}

static bool may_grow(const void *block, size_t size, size_t growth) {
  if (held + growth > held_at_look + look_step || held + growth + elsewhere_at_look > limit) {
    elsewhere_at_look = elsewhere();
    held_at_look = held;
  }
  size_t total = held + growth + elsewhere_at_look;
  if (total <= limit) return true;
  bool is_reached = ck_limit_get() != CK_LIMIT_NONE;
  if (!is_reached && (refused_block != block || refused_size != size)) {
    refused_block = block;
    refused_size = size;
    return false;
  }
  if (!is_reached) shim_reach_limit(CK_LIMIT_MEMORY);
  if (size > modest_block) return false;
  if (total > limit + slack) _exit(6);  /* the status of a limit that was reached */
  return true;
}

/* --- the seed of the hash of strings ---
 *
 * Lua 5.4 makes it from the time and from addresses, so that the order of `pairs` differs from run to run; a notebook
 * wants it to be the same. There is no way to ask for that, but an instant at which it can be done: lua_newstate asks
 * for the block of the state, fills it in, seed included, and then asks for the stack, before the first string is
 * made. At that second request the seed is replaced in our own block. The fields around it must be what lua_newstate
 * has just written (the layout has been the same in all of 5.4); otherwise the seed stays as it is and we say so. */
typedef struct {                       /* the beginning of global_State (lstate.h) */
  lua_Alloc allocate; void *ud;
  ptrdiff_t total_bytes, debt; size_t estimate, last_atomic;
  void *strings; int string_count, string_size;
  struct { long long value; unsigned char tag; } registry, nil_value;
  unsigned seed;
  unsigned char white, state;
} Global;
static _Thread_local struct { char *block; size_t size; unsigned seed; bool is_wanted, is_set; } making;

static void *allocate(void *ud, void *block, size_t old_size, size_t size);

static void set_hash_seed(void) {
  lua_Alloc mark = NULL;
  for (size_t at = 0; at + sizeof(Global) <= making.size; at += sizeof(void *)) {
    Global *g = (Global *)(making.block + at);
    memcpy(&mark, &g->allocate, sizeof mark);
    bool is_here = mark == allocate && g->ud == NULL && g->strings == NULL && g->string_count == 0
      && g->string_size == 0 && g->registry.tag == 0 && g->nil_value.value == 0 && g->nil_value.tag == 3
      && g->white == 8 && g->state == 8 && g->total_bytes == (ptrdiff_t)making.size && g->debt == 0;
    if (!is_here) continue;
    g->seed = making.seed;
    making.is_set = true;
    return;
  }
}

static void *allocate(void *ud, void *block, size_t old_size, size_t size) {
  (void)ud;
  if (making.is_wanted && making.block && !making.is_set) {
    making.is_wanted = false;
    set_hash_seed();
  }
  bool is_userdata = !block && old_size == LUA_TUSERDATA;
  if (!block) old_size = 0;
  if (size > old_size) {
    if (limit && !may_grow(block, size, size - old_size)) return NULL;
    allocated += size - old_size;
  }
  if (size == 0) {
    held -= old_size;
    if (shim_is_cell(block)) shim_give_cell(block); else free(block);
    return NULL;
  }
  if (size > largest_block) return NULL;
  void *result = is_userdata ? shim_take_cell(size) : NULL;
  if (!result) result = realloc(block, size);
  if (!result && size <= small_block) {
    fputs("assay: out of memory\n", stderr);
    abort();
  }
  if (result) held += size - old_size;
  if (making.is_wanted && !making.block) {
    making.block = result;
    making.size = size;
  }
  return result;
}

/* Warnings as luaL_newstate sets them up, which only its own allocator gets: "@on" and "@off" switch them. */
static void warn_off(void *ud, const char *message, int more);
static void warn_on(void *ud, const char *message, int more);

static bool is_control(lua_State *L, const char *message, int more) {
  if (more || *message != '@') return false;
  if (strcmp(message, "@off") == 0) lua_setwarnf(L, warn_off, L);
  else if (strcmp(message, "@on") == 0) lua_setwarnf(L, warn_on, L);
  return true;
}
static void warn_off(void *ud, const char *message, int more) { is_control(ud, message, more); }
static void warn_more(void *ud, const char *message, int more) {
  fputs(message, stderr);
  if (!more) fputc('\n', stderr);
  fflush(stderr);
  shim_after_output();
  lua_setwarnf(ud, more ? warn_more : warn_on, ud);
}
static void warn_on(void *ud, const char *message, int more) {
  if (is_control(ud, message, more)) return;
  shim_before_output();
  fputs("Lua warning: ", stderr);
  warn_more(ud, message, more);
}

const char *shim_lua_release(void) { return LUA_RELEASE; }

lua_State *shim_new_state(void) {
  lua_State *L = lua_newstate(allocate, NULL);
  if (L) lua_setwarnf(L, warn_off, L);
  return L;
}

lua_State *shim_new_state_hashing(unsigned seed, bool *is_set) {
  making.block = NULL;
  making.seed = seed;
  making.is_set = false;
  making.is_wanted = true;
  lua_State *L = shim_new_state();
  making.is_wanted = false;
  *is_set = making.is_set;
  return L;
}

void shim_close_state(lua_State *L) {
  lua_State *before = shim_enter(L);
  lua_close(L);
  shim_leave(L, before == L ? NULL : before);
}

static int body_open(lua_State *L) {
  if (!lua_toboolean(L, 1)) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  shim_replace_printing_functions(L);
  shim_replace_coroutine_functions(L);
  shim_replace_loading_functions(L);
  shim_watch_files(L);
  shim_replace_debug_functions(L);
  shim_watch_xpcall(L);
  shim_replace_pattern_functions(L);
  shim_replace_clock_function(L);
  return 0;
}
int shim_open_libraries(lua_State *L, bool with_environment) {
  lua_pushcfunction(L, body_open);
  lua_pushboolean(L, with_environment);
  return lua_pcall(L, 1, 0, 0);
}

int shim_gc_step(lua_State *L, int kib) { return shim_collect(L, LUA_GCSTEP, kib); }
void shim_gc_collect(lua_State *L) { shim_collect(L, LUA_GCCOLLECT, 0); }
size_t shim_gc_bytes(lua_State *L) {
  return (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
}
int shim_gc_pause(lua_State *L) {
  int running = lua_gc(L, LUA_GCISRUNNING);
  lua_gc(L, LUA_GCSTOP);
  return running;
}
void shim_gc_resume(lua_State *L) { lua_gc(L, LUA_GCRESTART); }
void shim_gc_generational(lua_State *L) { lua_gc(L, LUA_GCGEN, 0, 0); }
void shim_gc_incremental(lua_State *L) { lua_gc(L, LUA_GCINC, 0, 0, 0); }
