/* The only code that raises Lua errors. Swift calls what is declared here and what CLua's fence leaves open. */
#ifndef CLUASHIM_H
#define CLUASHIM_H
#include <stdbool.h>
#include <stddef.h>
#include "../../CLua/shim.h"

/* --- callback.c: from Lua to Swift ------------------------------------------------------------------------------ */

/* What Swift returns for "raise the value on top"; otherwise it returns its number of results. */
#define SHIM_RAISE (-1)
/* `dispatch` serves every call of a Swift function, `release` drops one reference and touches no Lua. */
void shim_set_dispatch(int (*dispatch)(lua_State *L, void *function), void (*release)(void *object));
/* Pushes the Lua function that calls `function` through `dispatch`. [-0, +1] */
void shim_push_function(lua_State *L, void *function);
/* The `function` of a value made by `shim_push_function`, NULL for any other value. [-0, +0] */
void *shim_function(lua_State *L, int index);

/* A userdata block that owns at most one reference to a Swift object. `is_known` says that the way back, from the object
   to the userdata, is in the cache below or not needed. */
typedef struct { void *object, *class_; bool is_known; } shim_Slot;
/* Makes the metatable of a class: __gc, __close, __metatable, __name, __concat and the class mark. [-0, +1] */
void shim_new_metatable(lua_State *L, const char *name, void *class_, bool has_finalizer);
/* Sets __index of the metatable below: methods, properties and the fallback on top become its upvalues. [-3, +0] */
void shim_set_index(lua_State *L);
/* Allocate, store nil, set the metatable found in the registry under `class_`, store the reference. [-0, +1] */
shim_Slot *shim_new_object(lua_State *L, void *class_, void *object, int user_values);
/* The slot of a userdata of ours, NULL for any other value; `class_` gets its mark. [-0, +0] */
shim_Slot *shim_slot(lua_State *L, int index, void **class_);
/* Releases the object of a slot; a second time does nothing. */
void shim_close_slot(shim_Slot *slot);
/* A light mark in a table's metatable: how a module is recognised. [-0, +0] */
void *shim_table_mark(lua_State *L, int index);
void shim_set_table_mark(lua_State *L, int metatable, void *mark);

/* The cache from an object's address to its userdata, weak in the userdata. `find`: [-0, +1] or 0 and [-0, +0]. */
int shim_cache_find(lua_State *L, const void *address);
void shim_cache_store(lua_State *L, const void *address, int index);
/* Stores a userdata in the cache unless it is there. Results of operations are not until Swift gets hold of them in a way
   that may bring them back: nobody can ask for the userdata of a tensor that only Lua holds. [-0, +0] */
void shim_know(lua_State *L, int index, shim_Slot *slot);

/* Keeps a copy of the table of globals; pushes the copy, an empty table when there is none. [-0, +0] and [-0, +1] */
void shim_remember_globals(lua_State *L);
void shim_push_remembered(lua_State *L);

/* A number for a Lua function that holds as long as the function is alive, and the way back. */
lua_Integer shim_callback_id(lua_State *L, int index);
/* Pushes the function of an id and returns 1, or pushes nothing and returns 0. */
int shim_callback_push(lua_State *L, lua_Integer id);

/* --- tensors.c: the userdata of tensors, whose slot holds the tensor itself and which has no finalizer --------------- */

/* Pushes a new one, which owns the reference; it is not in the cache. [-0, +1] */
shim_Slot *shim_new_tensor(lua_State *L, void *class_, void *tensor);
/* The tensor of a userdata; NULL for a closed one and for any other value. [-0, +0] */
void *shim_tensor(lua_State *L, int index);
/* Whether a block, a userdata's or part of it, belongs to a tensor. */
bool shim_is_cell(const void *block);

/* --- protected.c: primitives that may raise, behind a protected call. Results are Lua's status codes; on failure
   the error value is on top, in place of the results. ------------------------------------------------------------- */

/* Calls the function below its arguments with a handler that keeps a trace, to be fetched afterwards. */
int shim_call(lua_State *L, int arguments, int results);
int shim_get_global(lua_State *L, const char *name);              /* [-0, +1] */
int shim_set_global(lua_State *L, const char *name);              /* [-1, +0] */
int shim_get_field(lua_State *L, int index, const char *name);    /* [-0, +1] */
int shim_get_table(lua_State *L, int index);                      /* key on top [-1, +1] */
int shim_to_string(lua_State *L, int index);                      /* [-0, +1] */
int shim_error_text(lua_State *L, int index);                     /* an error value as lua reports it [-0, +1] */
int shim_push_string(lua_State *L, const char *bytes, size_t count);   /* [-0, +1] for strings of any length */
int shim_new_table(lua_State *L, long list, long named);          /* [-0, +1] with room, so that filling is safe */
int shim_push_integers(lua_State *L, const long *values, long count);  /* [-0, +1] */
int shim_push_numbers(lua_State *L, const double *values, long count); /* [-0, +1] */
/* `with_environment`: whether LUA_PATH and LUA_CPATH count. [-0, +0] */
int shim_open_libraries(lua_State *L, bool with_environment);
/* What is done before os.clock looks at its clock. */
void shim_set_before_clock(void (*body)(void));
/* The next pair of a table that nobody changes meanwhile: cannot raise, since the key comes from the table. */
int shim_next(lua_State *L, int index);

/* --- script.c: running a script as lua.c does ------------------------------------------------------------------- */

/* Sets the global `arg`: the word number `script` at 0, those after it from 1 on, those before it below. [-0, +0] */
int shim_set_arguments(lua_State *L, const char *const *words, int count, int script);
/* Calls the chunk on top, with what is in `arg` or without arguments, as `shim_call` does. [-1, +results] */
int shim_call_script(lua_State *L, bool takes_arguments);

/* --- trace.c: what is kept of an error before its stack is gone ------------------------------------------------- */

/* The values that a trace has for each frame; the first frame's are at 1...8, the next one's at 9...16. */
enum {
  SHIM_TRACE_SOURCE = 1, SHIM_TRACE_LINE, SHIM_TRACE_NAME, SHIM_TRACE_NAMEWHAT,
  SHIM_TRACE_WHAT,         /* as lua_Debug.what; "C..." stands for as many frames as its line says, left out */
  SHIM_TRACE_LINEDEFINED,
  SHIM_TRACE_LOCALS, SHIM_TRACE_UPVALUES,  /* {name, value, name, value ...} or false */
  SHIM_TRACE_FIELDS = SHIM_TRACE_UPVALUES
};
/* Pushes the trace of the last failed `shim_call`, a table, or nil; it is kept no longer. [-0, +1] */
void shim_push_trace(lua_State *L);
/* Whether traces hold the values of variables. */
void shim_keep_variables(bool keep);
bool shim_keeps_variables(void);

/* Pushes a table in which names are the variables of a frame of the trace at an index, then globals (frames.c). [-0, +1] */
void shim_push_frame_environment(lua_State *L, int trace, int frame);

/* --- sources.c: the texts of what was compiled ------------------------------------------------------------------ */

/* Pushes the text of a chunk that Lua code loaded from a file or string, or nil. [-0, +1] */
void shim_push_text(lua_State *L, const char *name, size_t count);
/* Compiles a text that is wrong; pushes the message and returns the offset behind the token that it names. [-0, +1] */
size_t shim_syntax_place(lua_State *L, const char *bytes, size_t count, const char *name);

/* --- files.c: which files Lua code opens --------------------------------------------------------------------------- */

/* Called with each path that io.open, io.lines, io.input, io.output, dofile, loadfile or require opened; NULL for none. */
void shim_set_file_observer(void (*observer)(const char *path, bool writes));

/* --- sorted.c ------------------------------------------------------------------------------------------------------- */

/* Pushes a function that gives the pairs of a table one by one: numbers first, then strings, then booleans, each in
   their order, then the other keys as `next` has them. [-0, +1], Lua's status */
int shim_push_sorted_pairs(lua_State *L, int index);

/* --- interrupt.c: Ctrl-C ---------------------------------------------------------------------------------------- */

/* Handles SIGINT, on the calling thread too; safe to call again. `remove` restores the handling before it. */
void shim_install_interrupt(void);
void shim_remove_interrupt(void);
/* What the handler does: sets the process flag and arms the running state. Async-signal-safe. */
void shim_request_interrupt(int signal);
/* The number of requests since the last clearing by `shim_clear_interrupt`, for the policy of repeated Ctrl-C. */
int shim_interrupt_count(void);
void shim_clear_interrupt(void);
/* Called for each SIGINT in the handler (async-signal-safe code only), with the count so far; NULL for none. */
void shim_set_interrupt_observer(void (*observer)(int count));
/* The value that an interrupt raises is the one on top. [-1, +0] */
void shim_set_interrupt_value(lua_State *L);
void shim_push_interrupt_value(lua_State *L);
/* Marks the state that runs, so that the handler knows whom to arm; returns the one before. */
lua_State *shim_enter(lua_State *L);
void shim_leave(lua_State *L, lua_State *before);

/* --- limits of confined states --------------------------------------------------------------------------------- */

/* Ends everything with an interrupt that no Lua code can swallow. Clearing it lets the host go on, but Lua code never
   runs again. Async-signal-safe. */
void shim_reach_limit(int which);
/* Reaches the limit of time after so many seconds from now. */
void shim_limit_time(double seconds);
/* Bytes that Lua's states may hold together with what `elsewhere` says. */
void shim_limit_memory(size_t bytes, size_t (*elsewhere)(void));
size_t shim_held_bytes(void);
/* Steps that one call of a function of patterns may take; 0 for as many as it likes. */
void shim_limit_patterns(long steps);

/* --- restricted.c ------------------------------------------------------------------------------------------------ */

/* Takes from the globals what reaches outside, and makes what is left of the libraries read-only. Leaves a message on
   failure. [-0, +0] or [-0, +1] */
int shim_restrict(lua_State *L, bool exec);

/* --- profile.c -------------------------------------------------------------------------------------------------- */

typedef struct {
  const void *key;        /* what tells functions apart: the source text, the C function, the function of Swift */
  void *native;           /* the `function` of `shim_push_function`, NULL for others */
  bool is_c;
  int line, last_line, shape;
  char name[48];          /* as the first call had it, perhaps empty */
  char source[60];
} shim_ProfileFunction;
typedef struct { int function, parent, first, next; long calls; unsigned long nanoseconds; } shim_ProfileNode;
/* Counts calls and time of everything that runs in the state and its coroutines until `stop`. What was found stays until
   `clear` or the next start. One profile at a time, on the thread that runs Lua. */
void shim_profile_start(lua_State *L);
void shim_profile_stop(lua_State *L);
void shim_profile_clear(void);
/* An operation of native code that has a name begins or ends. */
void shim_profile_begin(const char *name);
void shim_profile_end(void);
/* The tree: parents come before their children; node 0 is the work as a whole. */
const shim_ProfileNode *shim_profile_nodes(int *count);
const shim_ProfileFunction *shim_profile_functions(void);

/* --- repeat.c --------------------------------------------------------------------------------------------------- */

/* Pushes a function (f, n) that calls f, without arguments, n times, drops its results, and returns seconds. [-0, +1] */
void shim_push_repeater(lua_State *L);

/* --- state.c ---------------------------------------------------------------------------------------------------- */

/* `Lua 5.4.4` */
const char *shim_lua_release(void);
lua_State *shim_new_state(void);
/* A state whose strings are hashed with this seed, so that `pairs` visits equal tables in one order in every run;
   `is_set` says whether this Lua let us choose it. */
lua_State *shim_new_state_hashing(unsigned seed, bool *is_set);
void shim_close_state(lua_State *L);
int shim_gc_step(lua_State *L, int kib);
void shim_gc_collect(lua_State *L);
size_t shim_gc_bytes(lua_State *L);
/* Bytes that Lua's states on this thread have asked for since the start, what they freed not taken off. */
size_t shim_allocated_bytes(void);
/* Lets the collector rest, so that allocating runs no finalizer; says whether it was at work before. */
int shim_gc_pause(lua_State *L);
void shim_gc_resume(lua_State *L);
void shim_gc_generational(lua_State *L);
void shim_gc_incremental(lua_State *L);

/* --- macros and small things that Swift cannot import ------------------------------------------------------------ */

static inline void shim_pop(lua_State *L, int n) { lua_settop(L, -n - 1); }
static inline int shim_registry(void) { return LUA_REGISTRYINDEX; }
static inline void **shim_extra(lua_State *L) { return (void **)lua_getextraspace(L); }
static inline void shim_remove(lua_State *L, int i) { lua_rotate(L, i, -1); lua_settop(L, -2); }
static inline void shim_insert(lua_State *L, int i) { lua_rotate(L, i, 1); }
/* Flushes C's standard output, so that Lua's print and ours keep their order. */
void shim_write(const char *bytes, size_t count);
/* Called before print, io.write and `shim_write` write, to take away what stands on the terminal for a while. */
void shim_set_before_output(void (*observer)(void));
/* Called after print, io.write, file:write, warn and `shim_write` wrote to standard output or standard error. */
void shim_set_after_output(void (*observer)(void));
#endif
