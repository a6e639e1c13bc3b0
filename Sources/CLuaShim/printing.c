/* What is written while a progress bar stands on the terminal, or while a notebook's outputs are gathered.
 *
 * `print`, `io.write` and the method `write` of files are Lua's own (lbaselib.c, liolib.c), save that they tell of
 * themselves before and after they write to standard output or standard error. */
#include "CLuaShim.h"
#include "libraries.h"
#include <stdio.h>

static void (*before_output)(void), (*after_output)(void);

void shim_set_before_output(void (*observer)(void)) { before_output = observer; }
void shim_set_after_output(void (*observer)(void)) { after_output = observer; }

void shim_before_output(void) { if (before_output) before_output(); }
void shim_after_output(void) { if (after_output) after_output(); }

static int print(lua_State *L) {
  int count = lua_gettop(L);
  shim_before_output();
  for (int i = 1; i <= count; i++) {
    size_t length;
    const char *text = luaL_tolstring(L, i, &length);
    if (i > 1) fwrite("\t", 1, 1, stdout);
    fwrite(text, 1, length, stdout);
    lua_pop(L, 1);
  }
  fwrite("\n", 1, 1, stdout);
  fflush(stdout);
  shim_after_output();
  return 0;
}

static bool is_watched(FILE *file) { return file == stdout || file == stderr; }

static int write_default(lua_State *L) {
  int count = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
  luaL_Stream *stream = lua_touserdata(L, -1);
  if (!stream || !stream->closef) return luaL_error(L, "default output file is closed");
  if (is_watched(stream->f)) shim_before_output();
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
  if (is_watched(stream->f)) shim_after_output();
  return good ? 1 : luaL_fileresult(L, good, NULL);
}

/* file:write; the upvalue is Lua's own function. */
static int write_file(lua_State *L) {
  luaL_Stream *stream = luaL_testudata(L, 1, LUA_FILEHANDLE);
  bool watched = stream && stream->closef && is_watched(stream->f);
  if (watched) shim_before_output();
  int results = lua_tocfunction(L, lua_upvalueindex(1))(L);
  if (watched) shim_after_output();
  return results;
}

void shim_replace_printing_functions(lua_State *L) {
  lua_pushcfunction(L, print);
  lua_setglobal(L, "print");
  lua_getglobal(L, "io");
  lua_pushcfunction(L, write_default);
  lua_setfield(L, -2, "write");
  lua_pop(L, 1);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  lua_getfield(L, -1, "write");
  lua_pushcclosure(L, write_file, 1);
  lua_setfield(L, -2, "write");
  lua_pop(L, 2);
}

void shim_write(const char *bytes, size_t count) {
  shim_before_output();
  fwrite(bytes, 1, count, stdout);
  fflush(stdout);
  shim_after_output();
}
