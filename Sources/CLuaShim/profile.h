/* Tells a running profile that another state runs. */
#include "CLuaShim.h"
extern bool shim_profiling;
void shim_profile_enter(lua_State *L);
void shim_profile_leave(lua_State *L, lua_State *before);
/* Whether a function is the one that looks up fields of our objects. */
bool shim_is_index(lua_CFunction function);
