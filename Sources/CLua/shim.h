/* Lua 5.4 with a fence. Every function that the manual marks 'v' or 'e' may leave by longjmp, which would skip the
   releases and `defer`s of Swift frames; they are declared again here as unavailable to Swift, so that a misuse does
   not compile. C may call them: CLuaShim does, under a protected call. `lua_settop` is marked 'e' only because of
   to-be-closed slots; Swift cannot make one (`lua_toclose` is behind the fence), so it stays available. */
#ifndef ASSAY_CLUA_SHIM_H
#define ASSAY_CLUA_SHIM_H
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#define JUMPS __attribute__((availability(swift, unavailable, \
  message="may raise a Lua error (longjmp); call it from CLuaShim, never from Swift")))

JUMPS extern int  (lua_error)(lua_State *);
JUMPS extern int  (lua_next)(lua_State *, int);
JUMPS extern int  (lua_yieldk)(lua_State *, int, lua_KContext, lua_KFunction);
JUMPS extern void (lua_callk)(lua_State *, int, int, lua_KContext, lua_KFunction);
JUMPS extern void (lua_arith)(lua_State *, int);
JUMPS extern int  (lua_compare)(lua_State *, int, int, int);
JUMPS extern void (lua_concat)(lua_State *, int);
JUMPS extern void (lua_len)(lua_State *, int);
JUMPS extern int  (lua_getglobal)(lua_State *, const char *);
JUMPS extern int  (lua_gettable)(lua_State *, int);
JUMPS extern int  (lua_getfield)(lua_State *, int, const char *);
JUMPS extern int  (lua_geti)(lua_State *, int, lua_Integer);
JUMPS extern void (lua_setglobal)(lua_State *, const char *);
JUMPS extern void (lua_settable)(lua_State *, int);
JUMPS extern void (lua_setfield)(lua_State *, int, const char *);
JUMPS extern void (lua_seti)(lua_State *, int, lua_Integer);
JUMPS extern void (lua_toclose)(lua_State *, int);
JUMPS extern void (lua_closeslot)(lua_State *, int);
JUMPS extern int  (luaL_argerror)(lua_State *, int, const char *);
JUMPS extern int  (luaL_typeerror)(lua_State *, int, const char *);
JUMPS extern void (luaL_checkany)(lua_State *, int);
JUMPS extern void (luaL_checktype)(lua_State *, int, int);
JUMPS extern void (luaL_checkstack)(lua_State *, int, const char *);
JUMPS extern void (luaL_checkversion_)(lua_State *, lua_Number, size_t);
JUMPS extern lua_Integer (luaL_checkinteger)(lua_State *, int);
JUMPS extern lua_Number  (luaL_checknumber)(lua_State *, int);
JUMPS extern const char *(luaL_checklstring)(lua_State *, int, size_t *);
JUMPS extern void *(luaL_checkudata)(lua_State *, int, const char *);
JUMPS extern int  (luaL_checkoption)(lua_State *, int, const char *, const char *const lst[]);
JUMPS extern lua_Integer (luaL_optinteger)(lua_State *, int, lua_Integer);
JUMPS extern lua_Number  (luaL_optnumber)(lua_State *, int, lua_Number);
JUMPS extern const char *(luaL_optlstring)(lua_State *, int, const char *, size_t *);
JUMPS extern int  (luaL_callmeta)(lua_State *, int, const char *);
JUMPS extern const char *(luaL_tolstring)(lua_State *, int, size_t *);
JUMPS extern lua_Integer (luaL_len)(lua_State *, int);
JUMPS extern int  (luaL_getsubtable)(lua_State *, int, const char *);
JUMPS extern void (luaL_requiref)(lua_State *, const char *, lua_CFunction, int);
JUMPS extern void (luaL_openlibs)(lua_State *);
#undef JUMPS
#endif
