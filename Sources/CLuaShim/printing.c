/* What is written while a progress bar stands on the terminal.
 *
 * `print` and `io.write` are Lua's own (lbaselib.c, liolib.c), save that they tell of themselves before they write. */
#include "CLuaShim.h"
#include "libraries.h"
#include <stdio.h>

static void (*before_output)(void);

void shim_set_before_output(void (*observer)(void)) { before_output = observer; }

static int print(lua_State *L) {
  int count = lua_gettop(L);
  if (before_output) before_output();
  for (int i = 1; i <= count; i++) {
    size_t length;
    const char *text = luaL_tolstring(L, i, &length);
    if (i > 1) fwrite("\t", 1, 1, stdout);
    fwrite(text, 1, length, stdout);
    lua_pop(L, 1);
  }
  fwrite("\n", 1, 1, stdout);
  fflush(stdout);
  return 0;
}

static int write_default(lua_State *L) {
  int count = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
  luaL_Stream *stream = lua_touserdata(L, -1);
  if (!stream || !stream->closef) return luaL_error(L, "default output file is closed");
  if (before_output) before_output();
  int good = 1;
  for (int i = 1; i <= count; i++) {
    if (lua_type(L, i) == LUA_TNUMBER) {
      int length = lua_isinteger(L, i)
        ? fprintf(stream->f, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, i))
        : fprintf(stream->f, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, i));
      good = good && length > 0;
    } else {
      size_t length;
      const char *text = luaL_checklstring(L, i, &length);
      good = good && fwrite(text, 1, length, stream->f) == length;
    }
  }
  return good ? 1 : luaL_fileresult(L, good, NULL);
}

void shim_replace_printing_functions(lua_State *L) {
  lua_pushcfunction(L, print);
  lua_setglobal(L, "print");
  lua_getglobal(L, "io");
  lua_pushcfunction(L, write_default);
  lua_setfield(L, -2, "write");
  lua_pop(L, 1);
}

void shim_write(const char *bytes, size_t count) {
  if (before_output) before_output();
  fwrite(bytes, 1, count, stdout);
  fflush(stdout);
}
