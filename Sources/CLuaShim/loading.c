/* Lua does not verify bytecode, and bad bytecode can crash the process: these load text, and the bytecode that
   string.dump made in this process. Otherwise they behave as in the manual. */
#include "CSandbox.h"
#include "libraries.h"
#include <string.h>

static char dumped_key;
/* What is remembered of string.dump; beyond it everything is forgotten at once. */
enum { most_dumps = 1024, most_dumped_bytes = 64 << 20 };

static bool is_bytecode(const char *bytes, size_t count) { return count > 0 && bytes[0] == LUA_SIGNATURE[0]; }

/* --- string.dump --- */

static int add_to_buffer(lua_State *L, const void *bytes, size_t count, void *buffer) {
  (void)L;
  luaL_addlstring(buffer, bytes, count);
  return 0;
}

/* Remembers the string on top. [-0, +0] */
static void remember_dump(lua_State *L) {
  static size_t dumps, bytes;
  bool is_full = ++dumps > most_dumps || (bytes += lua_rawlen(L, -1)) > most_dumped_bytes;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &dumped_key) != LUA_TTABLE || is_full) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &dumped_key);
    dumps = 1;
    bytes = lua_rawlen(L, -2);
  }
  lua_pushvalue(L, -2);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static bool is_dump(lua_State *L, int index) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &dumped_key) != LUA_TTABLE) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushvalue(L, index);
  bool found = lua_rawget(L, -2) == LUA_TBOOLEAN;
  lua_pop(L, 2);
  return found;
}

static int string_dump(lua_State *L) {
  bool strips = lua_toboolean(L, 2);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  if (lua_iscfunction(L, 1)) return luaL_error(L, "unable to dump given function");
  luaL_Buffer buffer;
  lua_pushvalue(L, 1);
  lua_State *scratch = lua_newthread(L);  /* lua_dump wants the function on top, a buffer wants the stack */
  lua_insert(L, -2);
  lua_xmove(L, scratch, 1);
  luaL_buffinit(L, &buffer);
  lua_dump(scratch, add_to_buffer, &buffer, strips);
  luaL_pushresult(&buffer);
  remember_dump(L);
  return 1;
}

/* --- load --- */

/* The results of load and loadfile; `environment` is the index of the first upvalue's value, 0 for none. */
static int finish_load(lua_State *L, int status, int environment) {
  if (status != LUA_OK) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (environment) {
    lua_pushvalue(L, environment);
    if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
  }
  return 1;
}

enum { piece_slot = 5 };  /* keeps the piece alive that the parser reads */

static const char *read_piece(lua_State *L, void *is_first, size_t *count) {
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    *count = 0;
    return NULL;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
  lua_replace(L, piece_slot);
  const char *piece = lua_tolstring(L, piece_slot, count);
  if (*(bool *)is_first && is_bytecode(piece, *count)) {
    lua_pushliteral(L, "attempt to load a binary chunk from a function");
    lua_error(L);
  }
  *(bool *)is_first = false;
  return piece;
}

static int base_load(lua_State *L) {
  size_t count;
  const char *text = lua_tolstring(L, 1, &count);
  const char *mode = luaL_optstring(L, 3, "bt");
  int environment = lua_isnone(L, 4) ? 0 : 4;
  if (text) {
    const char *name = luaL_optstring(L, 2, text);
    if (is_bytecode(text, count) && strchr(mode, 'b') && !is_dump(L, 1)) {
      lua_pushliteral(L, "attempt to load a binary chunk that string.dump did not make in this process");
      return finish_load(L, LUA_ERRSYNTAX, 0);
    }
    shim_remember_loaded(L, 1, 2);
    return finish_load(L, luaL_loadbufferx(L, text, count, name, mode), environment);
  }
  const char *name = luaL_optstring(L, 2, "=(load)");
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, piece_slot);
  bool is_first = true;
  return finish_load(L, lua_load(L, read_piece, &is_first, name, mode), environment);
}

/* --- files --- */

/* Loads a file of text. A mode without 't' refuses every file, in the words of the stock function. */
static int load_file(lua_State *L, const char *path, const char *mode) {
  if (!mode || strchr(mode, 't') || box_is_confined()) return shim_load_file(L, path);
  int status = luaL_loadfilex(L, path, "");
  if (status == LUA_ERRSYNTAX) {
    lua_pushfstring(L, "(mode is '%s')", mode);
    luaL_gsub(L, lua_tostring(L, -2), "(mode is '')", lua_tostring(L, -1));
  }
  return status;
}

static int base_loadfile(lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  const char *mode = luaL_optstring(L, 2, NULL);
  int environment = lua_isnone(L, 3) ? 0 : 3;
  return finish_load(L, load_file(L, path, mode), environment);
}

static int finish_dofile(lua_State *L, int status, lua_KContext extra) {
  (void)status, (void)extra;
  return lua_gettop(L) - 1;
}
static int base_dofile(lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (load_file(L, path, NULL) != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
  return finish_dofile(L, 0, 0);
}

/* package.searchers[2]; upvalues: package, package.searchpath. */
static int search_file(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, 1);
  lua_getfield(L, lua_upvalueindex(1), "path");
  if (!lua_isstring(L, -1)) return luaL_error(L, "'package.path' must be a string");
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return 1;  /* where it was looked for */
  lua_pop(L, 1);
  const char *path = lua_tostring(L, -1);
  if (load_file(L, path, NULL) != LUA_OK)
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, path, lua_tostring(L, -1));
  lua_pushstring(L, path);
  return 2;
}

void shim_replace_loading_functions(lua_State *L) {
  const luaL_Reg base[] = {{"load", base_load}, {"loadfile", base_loadfile}, {"dofile", base_dofile}, {NULL, NULL}};
  lua_pushglobaltable(L);
  luaL_setfuncs(L, base, 0);
  lua_getfield(L, -1, "string");
  lua_pushcfunction(L, string_dump);
  lua_setfield(L, -2, "dump");
  lua_getfield(L, -2, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushvalue(L, -2);
  lua_getfield(L, -3, "searchpath");
  lua_pushcclosure(L, search_file, 2);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 4);
}
