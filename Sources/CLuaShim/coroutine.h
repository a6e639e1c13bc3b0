/* Replaces resume, wrap and close in the table `coroutine`, and xpcall, load, loadfile, dofile in the globals. */
#include "CLuaShim.h"
void shim_replace_functions(lua_State *L);
/* Replaces find, match, gmatch and gsub in the table `string` (patterns.c). */
void shim_replace_pattern_functions(lua_State *L);
