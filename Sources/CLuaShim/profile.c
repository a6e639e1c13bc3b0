/* Where the time goes: a call and return hook that keeps the tree of call paths. Installed only while profiling.

   Each event charges the time since the one before to the node of the call path that ran, then moves to another. A
   node's total is the sum over its subtree, so recursion needs no care; a function that calls itself stays at its node.
   An error leaves frames without a return event: they are dropped when a frame below them returns. Every state has a
   stack of its own, since a coroutine is left in the middle. Ctrl-C replaces the hook of the state that it stops
   (interrupt.c), which ends profiling there as it ends the work. */
#include "CLuaShim.h"
#include "profile.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { const void *call; int node; } Frame;
typedef struct Stack {
  lua_State *state;
  Frame *frames;
  int count, room;
  int base;                    /* the node that runs when no frame is there */
  int depth;                   /* how often it has been entered and not left */
  struct Stack *next;
} Stack;

bool shim_profiling;
static shim_ProfileNode *nodes;
static shim_ProfileFunction *functions;
static int node_count, node_room, function_count, function_room;
static int *buckets, bucket_count;         /* hash of functions, open addressing, -1 for empty */
static Stack *stacks, *running;
static uint64_t last;
static const int most_nodes = 1 << 20;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* --- functions --- */

static size_t hash(const void *key, int line) {
  uint64_t h = ((uint64_t)(uintptr_t)key ^ (uint64_t)(unsigned)line * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
  return (size_t)(h ^ h >> 29);
}

/* Names come from the call and tell functions of one line apart; a call without a name (a tail call, a callback) may be
   of any of them. */
static bool same(const shim_ProfileFunction *f, const shim_ProfileFunction *g) {
  if (f->is_c || g->is_c) return f->key == g->key;
  return f->key == g->key && f->line == g->line && f->last_line == g->last_line && f->shape == g->shape &&
         (!*f->name || !*g->name || strcmp(f->name, g->name) == 0);
}

static void rehash(void) {
  bucket_count = bucket_count ? 2 * bucket_count : 256;
  free(buckets);
  buckets = malloc((size_t)bucket_count * sizeof *buckets);
  if (!buckets) abort();
  memset(buckets, -1, (size_t)bucket_count * sizeof *buckets);
  for (int i = 0; i < function_count; i++) {
    size_t place = hash(functions[i].key, functions[i].line) & (size_t)(bucket_count - 1);
    while (buckets[place] >= 0) place = (place + 1) & (size_t)(bucket_count - 1);
    buckets[place] = i;
  }
}

static int find_function(const shim_ProfileFunction *wanted) {
  if (2 * function_count >= bucket_count) rehash();
  size_t place = hash(wanted->key, wanted->line) & (size_t)(bucket_count - 1);
  for (; buckets[place] >= 0; place = (place + 1) & (size_t)(bucket_count - 1))
    if (same(&functions[buckets[place]], wanted)) {
      char *name = functions[buckets[place]].name;
      if (!*name) memcpy(name, wanted->name, sizeof wanted->name);
      return buckets[place];
    }
  if (function_count == function_room) {
    function_room = function_room ? 2 * function_room : 64;
    functions = realloc(functions, (size_t)function_room * sizeof *functions);
    if (!functions) abort();
  }
  functions[function_count] = *wanted;
  return buckets[place] = function_count++;
}

/* The function that `ar` is in, -1 for the one that looks up fields of objects, which says nothing. */
static int function_of(lua_State *L, lua_Debug *ar) {
  shim_ProfileFunction f;
  memset(&f, 0, sizeof f);
  lua_getinfo(L, "Snuf", ar);
  if (*ar->what == 'C') {
    if (shim_is_index(lua_tocfunction(L, -1))) {
      lua_pop(L, 1);
      return -1;
    }
    f.native = shim_function(L, -1);
    f.key = f.native ? f.native : (const void *)(uintptr_t)lua_tocfunction(L, -1);
    f.is_c = true;
  } else {
    f.key = ar->source;
    f.line = ar->linedefined;
    f.last_line = ar->lastlinedefined;
    f.shape = ar->nparams | ar->nups << 8 | ar->isvararg << 16;
    memcpy(f.source, ar->short_src, sizeof f.source - 1);
  }
  lua_pop(L, 1);
  if (ar->name && !f.native) strncpy(f.name, ar->name, sizeof f.name - 1);
  return find_function(&f);
}

/* --- the tree --- */

static int new_node(int function, int parent) {
  if (node_count == node_room) {
    node_room = node_room ? 2 * node_room : 1024;
    nodes = realloc(nodes, (size_t)node_room * sizeof *nodes);
    if (!nodes) abort();
  }
  nodes[node_count] = (shim_ProfileNode){.function = function, .parent = parent, .first = -1, .next = -1};
  if (parent >= 0) {
    nodes[node_count].next = nodes[parent].first;
    nodes[parent].first = node_count;
  }
  return node_count++;
}

/* The node of a function called from a node; the caller's own when there are too many. */
static int child(int parent, int function) {
  if (nodes[parent].function == function) return parent;
  int before = -1;
  for (int n = nodes[parent].first; n >= 0; before = n, n = nodes[n].next) {
    if (nodes[n].function != function) continue;
    if (before >= 0) {  /* to the front: the next call is most likely the same */
      nodes[before].next = nodes[n].next;
      nodes[n].next = nodes[parent].first;
      nodes[parent].first = n;
    }
    return n;
  }
  return node_count < most_nodes ? new_node(function, parent) : parent;
}

static int current_node(void) { return running->count ? running->frames[running->count - 1].node : running->base; }

static void charge(void) {
  uint64_t time = now();
  nodes[current_node()].nanoseconds += time - last;
  last = time;
}

static void push(const void *call, int node) {
  if (running->count == running->room) {
    running->room = running->room ? 2 * running->room : 64;
    running->frames = realloc(running->frames, (size_t)running->room * sizeof *running->frames);
    if (!running->frames) abort();
  }
  running->frames[running->count++] = (Frame){call, node};
}

/* Drops the frame of a call and what an error left above it. */
static void pop(const void *call) {
  for (int i = running->count - 1; i >= 0; i--)
    if (running->frames[i].call == call) { running->count = i; return; }
}

static Stack *stack_of(lua_State *L) {
  for (Stack **link = &stacks; *link; link = &(*link)->next) {
    Stack *stack = *link;
    if (stack->state != L) continue;
    *link = stack->next;
    stack->next = stacks;
    return stacks = stack;
  }
  Stack *stack = calloc(1, sizeof *stack);
  if (!stack) abort();
  stack->state = L;
  stack->next = stacks;
  return stacks = stack;
}

static void hook(lua_State *L, lua_Debug *ar) {
  if (!shim_profiling) { lua_sethook(L, NULL, 0, 0); return; }  /* a coroutine that outlived the profile */
  if (running->state != L) return;
  charge();
  const void *call = ar->i_ci;
  if (ar->event != LUA_HOOKCALL) pop(call);
  if (ar->event != LUA_HOOKRET) {
    int node = current_node(), function = function_of(L, ar);
    if (function >= 0) nodes[node = child(node, function)].calls++;
    push(call, node);
  }
  last = now();  /* what the hook itself took belongs to nobody */
}

/* --- operations of native code, which no hook sees: frames without a call --- */

void shim_profile_begin(const char *name) {
  if (!shim_profiling) return;
  charge();
  shim_ProfileFunction f;
  memset(&f, 0, sizeof f);
  uintptr_t key = 14695981039346656037u;
  for (const char *c = name; *c; c++) key = (key ^ (unsigned char)*c) * 1099511628211u;
  f.key = (const void *)key;
  f.is_c = true;
  strncpy(f.name, name, sizeof f.name - 1);
  int node = child(current_node(), find_function(&f));
  nodes[node].calls++;
  push(NULL, node);
  last = now();
}

void shim_profile_end(void) {
  if (!shim_profiling) return;
  charge();
  pop(NULL);
  last = now();
}

/* --- switching states: called by shim_enter and shim_leave --- */

void shim_profile_enter(lua_State *L) {
  if (running->state == L) { running->depth++; return; }
  charge();
  int caller = current_node();
  Stack *stack = stack_of(L);
  /* A coroutine that begins, perhaps at the address of one that is gone. */
  if (stack->depth == 0 && lua_status(L) == LUA_OK) {
    stack->count = 0;
    stack->base = caller;
  }
  stack->depth++;
  running = stack;
  lua_sethook(L, hook, LUA_MASKCALL | LUA_MASKRET, 0);
  last = now();
}

void shim_profile_leave(lua_State *L, lua_State *before) {
  charge();
  Stack *left = stack_of(L);
  left->depth--;
  if (!before || before == L) return;
  running = stack_of(before);
  if (left->depth > 0 || lua_status(L) == LUA_YIELD) return;
  for (Stack **link = &stacks; *link; link = &(*link)->next) {
    if (*link != left) continue;
    *link = left->next;
    break;
  }
  free(left->frames);
  free(left);
}

/* --- the surface --- */

static lua_Hook user_hook;  /* set by debug.sethook before */
static int user_mask, user_count;

void shim_profile_start(lua_State *L) {
  shim_profile_clear();
  user_hook = lua_gethook(L);
  user_mask = lua_gethookmask(L);
  user_count = lua_gethookcount(L);
  shim_profiling = true;
  running = stack_of(L);
  running->depth = 1;
  shim_ProfileFunction root;
  memset(&root, 0, sizeof root);
  running->base = new_node(find_function(&root), -1);
  lua_sethook(L, hook, LUA_MASKCALL | LUA_MASKRET, 0);
  last = now();
}

void shim_profile_stop(lua_State *L) {
  if (!shim_profiling) return;
  charge();
  shim_profiling = false;
  if (lua_gethook(L) == hook) lua_sethook(L, user_hook, user_mask, user_count);
}

void shim_profile_clear(void) {
  for (Stack *stack = stacks; stack;) {
    Stack *next = stack->next;
    free(stack->frames);
    free(stack);
    stack = next;
  }
  stacks = running = NULL;
  free(nodes);
  free(functions);
  free(buckets);
  nodes = NULL;
  functions = NULL;
  buckets = NULL;
  node_count = node_room = function_count = function_room = bucket_count = 0;
}

const shim_ProfileNode *shim_profile_nodes(int *count) { *count = node_count; return nodes; }
const shim_ProfileFunction *shim_profile_functions(void) { return functions; }
