/* Functions of Lua's own libraries that are replaced, and what they share. */
#include "CLuaShim.h"

/* resume, wrap and close in the table `coroutine` (coroutine.c). */
void shim_replace_coroutine_functions(lua_State *L);
/* find, match, gmatch and gsub in the table `string` (patterns.c). */
void shim_replace_pattern_functions(lua_State *L);
/* load, loadfile, dofile, string.dump and the searcher of Lua files (loading.c). */
void shim_replace_loading_functions(lua_State *L);
/* What could forge or retarget the values that Swift trusts, in the table `debug` (debugging.c). */
void shim_replace_debug_functions(lua_State *L);
/* The stock xpcall, whose message handler an interrupt silences (interrupt.c). */
void shim_watch_xpcall(lua_State *L);
/* Sets a field of the table on top to a function that only says that it is not there (restricted.c). [-0, +0] */
void shim_deny(lua_State *L, const char *library, const char *name);
/* Takes from io and os what reaches outside, and lets the rest go through CSandbox (restricted_files.c). [-0, +0] */
void shim_restrict_files(lua_State *L, bool exec);
/* A cell for a block of this size if it is the userdata of a tensor that is being made, and its end (tensors.c). */
void *shim_take_cell(size_t size);
void shim_give_cell(void *cell);
/* lua_gc, for a collection or a step of one (tensors.c). */
int shim_collect(lua_State *L, int what, int kib);
/* Lets the state hear of an interrupt at its next instruction (interrupt.c). */
void shim_arm(lua_State *L);
/* clock in the table `os` (clock.c). */
void shim_replace_clock_function(lua_State *L);
/* print, and write in the table `io` (printing.c). */
void shim_replace_printing_functions(lua_State *L);

/* open, lines, input and output in the table `io` (files.c). */
void shim_watch_files(lua_State *L);
void shim_tell_file(const char *path, bool writes);
/* Around everything that Lua writes to standard output and standard error (printing.c). */
void shim_before_output(void);
void shim_after_output(void);

/* The message handler of `shim_call` (trace.c): keeps the trace and leaves the error value as it is. */
int shim_keep_trace(lua_State *L);
/* Pushes the trace of an error, on top of L, that ended `co`. [-0, +1] */
void shim_push_coroutine_trace(lua_State *L, lua_State *co);
/* The trace on top becomes the beginning of the trace of the error value below it, which is raised next. [-1, +0] */
void shim_await_error(lua_State *L);
/* Compiles a file as luaL_loadfilex does in mode "t", and keeps its text (sources.c). [-0, +1] */
int shim_load_file(lua_State *L, const char *path);
/* Keeps the text of a chunk given to `load` with a name of its own; other values are passed over. [-0, +0] */
void shim_remember_loaded(lua_State *L, int text, int name);
