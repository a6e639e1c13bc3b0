/* The texts of what is compiled from files and strings, kept for error messages: a file may change after it was read.
   A table in the registry maps chunk names, as lua_Debug.source has them, to texts; it is emptied when it grows large. */
#include "CSandbox.h"
#include "libraries.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 16 << 20 };
static char texts_key, bytes_key;

/* The text is the value on top. [-1, +0] */
static void remember(lua_State *L, const char *name) {
  size_t count = lua_rawlen(L, -1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &bytes_key);
  lua_Integer bytes = lua_tointeger(L, -1) + (lua_Integer)count;
  lua_pop(L, 1);
  if (count > MOST_BYTES) { lua_pop(L, 1); return; }
  if (bytes > MOST_BYTES || lua_rawgetp(L, LUA_REGISTRYINDEX, &texts_key) != LUA_TTABLE) {
    if (bytes <= MOST_BYTES) lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &texts_key);
    bytes = (lua_Integer)count;
  }
  lua_pushinteger(L, bytes);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &bytes_key);
  lua_insert(L, -2);
  lua_pushstring(L, name);
  lua_insert(L, -2);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

void shim_push_text(lua_State *L, const char *name, size_t count) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &texts_key) == LUA_TTABLE) {
    lua_pushlstring(L, name, count);
    lua_rawget(L, -2);
    lua_remove(L, -2);
  }
}

void shim_remember_loaded(lua_State *L, int text, int name) {
  if (lua_type(L, text) != LUA_TSTRING || lua_type(L, name) != LUA_TSTRING) return;
  lua_pushvalue(L, text);
  remember(L, lua_tostring(L, name));
}

/* Pushes what a file holds and returns true; false, with errno set, when it cannot be read. */
static bool push_file(lua_State *L, const char *path) {
  int descriptor = box_open(path, O_RDONLY | O_CLOEXEC, 0);
  FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
  if (!file) {
    int number = errno;
    if (descriptor >= 0) close(descriptor);
    errno = number;
    return false;
  }
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  size_t count;
  do {
    count = fread(luaL_prepbuffer(&buffer), 1, LUAL_BUFFERSIZE, file);
    luaL_addsize(&buffer, count);
  } while (count > 0);
  bool failed = ferror(file);
  int number = errno;
  fclose(file);
  luaL_pushresult(&buffer);
  if (failed) lua_pop(L, 1);
  errno = number;
  return !failed;
}

/* As luaL_loadfilex does: a byte order mark and a first line that begins with # are no Lua. */
static int load_text(lua_State *L, const char *text, size_t count, const char *name) {
  const char *start = text, *end = text + count;
  if (count >= 3 && !memcmp(start, "\xEF\xBB\xBF", 3)) start += 3;
  if (start < end && *start == '#') {
    const char *line_end = memchr(start, '\n', (size_t)(end - start));
    start = line_end ? line_end : end;
  }
  return luaL_loadbufferx(L, start, (size_t)(end - start), name, "t");
}

/* What cannot be read is refused without opening it once more. */
static int refuse_file(lua_State *L, const char *path) {
  const char *reason = box_was_denied() ? "permission to read it was not granted" : strerror(errno);
  lua_pushfstring(L, "cannot open %s: %s", path, reason);
  return LUA_ERRFILE;
}

int shim_load_file(lua_State *L, const char *path) {
  if (!path || !push_file(L, path)) {
    if (path && box_is_confined()) return refuse_file(L, path);
    return luaL_loadfilex(L, path, "t");  /* which words the complaint */
  }
  shim_tell_file(path, false);
  const char *name = lua_pushfstring(L, "@%s", path);
  lua_pushvalue(L, -2);
  remember(L, name);
  size_t count;
  const char *text = lua_tolstring(L, -2, &count);
  int status = load_text(L, text, count, name);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return status;
}

/* --- where a text stops making sense --- */

typedef struct { const char *bytes; size_t count, given; } Source;

static const char *give_byte(lua_State *L, void *context, size_t *count) {
  (void)L;
  Source *source = context;
  *count = source->given < source->count ? 1 : 0;
  return *count ? source->bytes + source->given++ : NULL;
}

size_t shim_syntax_place(lua_State *L, const char *bytes, size_t count, const char *name) {
  Source source = {bytes, count, 0};
  int status = lua_load(L, give_byte, &source, name, "t");
  bool isEnd = source.given == count;
  (void)status;
  return isEnd ? count : source.given - 1;
}
