/* Keys: from the terminal, or from what was read past the end of a paste. */
#define _GNU_SOURCE /* memmem */
#include "editor.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

static char *pushed; /* read ahead */
static size_t pushed_count, pushed_next;
static bool ended;
static bool paste_is_open;

static const char paste_end[] = "\033[201~";
enum { paste_end_length = sizeof paste_end - 1 };

bool keys_pushed(void) { return pushed_next < pushed_count; }
bool keys_ended(void) { return ended; }

static bool can_read(int milliseconds) {
    struct pollfd source = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&source, 1, milliseconds) > 0;
}

bool keys_waiting(void) { return keys_pushed() || can_read(0); }

/* For readline, which waits a moment after ESC to see whether it begins a sequence. */
int keys_available(void) {
    if (keys_pushed()) return 1;
    int microseconds = rl_set_keyboard_input_timeout(-1); /* only tells it */
    return can_read(microseconds / 1000);
}

/* Reads a key. The terminal forgets what was typed before a Ctrl-C, so a key that poll saw may be gone when it is read,
 * inside readline too, which reads several keys in a row for a search: neither may wait for the next. */
int keys_read(FILE *stream) {
    (void)stream;
    if (keys_pushed()) return (unsigned char)pushed[pushed_next++];
    while (!signals_interrupted()) {
        if (!can_read(50)) continue;
        unsigned char key;
        ssize_t count = read(STDIN_FILENO, &key, 1);
        if (count == 1) return key;
        if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
            ended = true;
            return EOF;
        }
    }
    return EOF;
}

void keys_push(const char *bytes, size_t count) {
    free(pushed);
    pushed = malloc(count);
    pushed_next = 0;
    pushed_count = pushed ? count : 0;
    if (pushed) memcpy(pushed, bytes, count);
}

static char *find_end(char *bytes, size_t from, size_t count) {
    size_t start = from < paste_end_length ? 0 : from - paste_end_length; /* it may have come in two parts */
    return memmem(bytes + start, count - start, paste_end, paste_end_length);
}

/* Takes what is there; the count, or -1 when nothing more can come. */
static ssize_t read_part(char *room, size_t size) {
    if (keys_pushed()) {
        size_t count = pushed_count - pushed_next < size ? pushed_count - pushed_next : size;
        memcpy(room, pushed + pushed_next, count);
        pushed_next += count;
        return (ssize_t)count;
    }
    if (!can_read(50)) return 0;
    ssize_t count = read(STDIN_FILENO, room, size);
    if (count > 0) return count;
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
    ended = true;
    return -1;
}

bool keys_read_paste(char **bytes, size_t *count) {
    size_t room = 1 << 16, length = 0;
    char *text = malloc(room);
    paste_is_open = true;
    while (text && !signals_interrupted()) {
        ssize_t part = read_part(text + length, room - length);
        if (part < 0) break;
        length += (size_t)part;
        char *end = find_end(text, length - (size_t)part, length);
        if (end) {
            keys_push(end + paste_end_length, (size_t)(text + length - end) - paste_end_length);
            length = (size_t)(end - text);
            paste_is_open = false;
            break;
        }
        if (length < room) continue;
        char *grown = realloc(text, room *= 2);
        if (!grown) break;
        text = grown;
    }
    *bytes = text;
    *count = length;
    return text && !signals_interrupted();
}

/* What still comes of the paste must not be taken for typed lines. */
static void drop_rest_of_paste(void) {
    char part[4096 + paste_end_length];
    size_t kept = 0;
    while (can_read(200)) {
        ssize_t count = read(STDIN_FILENO, part + kept, 4096);
        if (count <= 0) return;
        size_t length = kept + (size_t)count;
        char *end = memmem(part, length, paste_end, paste_end_length);
        if (end) {
            keys_push(end + paste_end_length, (size_t)(part + length - end) - paste_end_length);
            return;
        }
        kept = length < paste_end_length ? length : paste_end_length;
        memmove(part, part + length - kept, kept);
    }
}

void keys_forget(void) {
    pushed_count = pushed_next = 0;
    if (paste_is_open) drop_rest_of_paste();
    paste_is_open = false;
}
