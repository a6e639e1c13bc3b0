/* Asking the terminal whether it shows pixels.
 *
 * The trick: every terminal answers "what are you?" (DA1). A kitty query goes before it, so when the answer to DA1 has
 * come and none to the query, there will be none. What the user has typed ahead must not be taken for an answer: then
 * the question waits for another time. */
#include "CPrompt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether the bytes hold a whole answer to DA1: ESC [ ? numbers c. */
static bool has_attributes(const char *text, bool *sixel) {
    for (const char *start = text; (start = strstr(start, "\033[?")); start += 3) {
        const char *end = start + 3 + strspn(start + 3, "0123456789;");
        if (*end != 'c') continue;
        int place = 0;
        for (const char *number = start + 3; number < end; place++) {
            size_t length = strspn(number, "0123456789");
            if (place > 0 && length == 1 && *number == '4') *sixel = true; /* the first one is the kind of terminal */
            number += length + 1;
        }
        return true;
    }
    return false;
}

static prompt_graphics read_answer(int timeout) {
    char answer[512];
    size_t count = 0;
    bool sixel = false;
    long deadline = milliseconds() + timeout;
    while (count < sizeof answer - 1) {
        struct pollfd source = {.fd = STDIN_FILENO, .events = POLLIN};
        long left = deadline - milliseconds();
        int ready = left > 0 ? poll(&source, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return PROMPT_GRAPHICS_NONE;
        ssize_t got = read(STDIN_FILENO, answer + count, sizeof answer - 1 - count);
        if (got <= 0) return PROMPT_GRAPHICS_NONE;
        for (ssize_t i = 0; i < got; i++) if (!answer[count + (size_t)i]) answer[count + (size_t)i] = ' ';
        count += (size_t)got;
        answer[count] = 0;
        if (!has_attributes(answer, &sixel)) continue;
        if (strstr(answer, "\033_Gi=31;OK")) return PROMPT_GRAPHICS_KITTY;
        return sixel ? PROMPT_GRAPHICS_SIXEL : PROMPT_GRAPHICS_NONE;
    }
    return PROMPT_GRAPHICS_NONE;
}

prompt_graphics prompt_probe_graphics(int timeout) {
    struct termios before, raw;
    struct pollfd source = {.fd = STDIN_FILENO, .events = POLLIN};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp()
        || tcgetattr(STDIN_FILENO, &before) != 0)
        return PROMPT_GRAPHICS_UNKNOWN;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* Ctrl-C stays a signal */
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0) return PROMPT_GRAPHICS_UNKNOWN;
    prompt_graphics found = PROMPT_GRAPHICS_UNKNOWN;
    if (poll(&source, 1, 0) == 0) {
        fflush(stdout);
        static const char question[] = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\\033[c";
        ssize_t sent = write(STDOUT_FILENO, question, sizeof question - 1);
        found = sent == (ssize_t)sizeof question - 1 ? read_answer(timeout) : PROMPT_GRAPHICS_NONE;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return found;
}

bool prompt_character_size(int *width, int *height) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row) return false;
    *width = size.ws_xpixel / size.ws_col;
    *height = size.ws_ypixel / size.ws_row;
    return *width >= 4 && *width <= 100 && *height >= 4 && *height <= 200;
}
