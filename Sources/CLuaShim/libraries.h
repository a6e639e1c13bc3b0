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
