/* readline by its callback interface.
 *
 * The trick: readline never waits and never handles a signal. We poll the terminal and a pipe that the signal handlers
 * write to, hand readline a character when one is there, and act on signals between characters, outside of handlers.
 * The handler is installed for the time of one line only, so that while anything is evaluated the terminal is in its
 * ordinary mode and Ctrl-C is a signal. */
#include "CPrompt.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static bool answered;      /* readline handed over a line, or the end */
static char *answer;       /* the line, NULL for the end */
static const char *indent_text;

static void take_line(char *line) {
    answered = true;
    answer = line;
    rl_callback_handler_remove(); /* here, or readline shows the prompt once more */
}

static int insert_indent(void) {
    if (indent_text && *indent_text) rl_insert_text(indent_text);
    return 0;
}

/* --- completion --- */

static prompt_completer completer;
static char **offers;
static size_t offer_count, offer_room;

void prompt_set_completer(prompt_completer function) { completer = function; }

void prompt_offer(const char *candidate) {
    if (offer_count == offer_room) {
        size_t room = offer_room ? 2 * offer_room : 64;
        char **grown = realloc(offers, room * sizeof *offers);
        if (!grown) return;
        offers = grown;
        offer_room = room;
    }
    if ((offers[offer_count] = strdup(candidate))) offer_count++;
}

/* readline takes each string over and frees it. */
static char *next_offer(const char *text, int state) {
    static size_t position;
    (void)text;
    if (state == 0) position = 0;
    return position < offer_count ? offers[position++] : NULL;
}

static char **complete(const char *text, int start, int end) {
    if (rl_completion_quote_character || !completer) return NULL; /* inside a string: file names */
    rl_attempted_completion_over = 1;
    offer_count = 0;
    completer(rl_line_buffer, start, end);
    if (offer_count == 0) return NULL;
    rl_completion_suppress_append = 1; /* what follows a name is seldom a space */
    return rl_completion_matches(text, next_offer);
}

/* --- the line --- */

/* Reads a key. The terminal forgets what was typed before a Ctrl-C, so a key that poll saw may be gone when it is read,
 * inside readline too, which reads several keys in a row for a search or a paste: neither may wait for the next. */
static int get_key(FILE *stream) {
    struct pollfd source = {.fd = fileno(stream), .events = POLLIN};
    while (!signals_interrupted()) {
        if (poll(&source, 1, 50) <= 0) continue;
        unsigned char key;
        ssize_t count = read(fileno(stream), &key, 1);
        if (count == 1) return key;
        if (count == 0 || (errno != EINTR && errno != EAGAIN)) return EOF;
    }
    return EOF;
}

static void prepare(void) {
    static bool prepared;
    if (prepared) return;
    prepared = true;
    rl_readline_name = "assay"; /* for "$if assay" in an inputrc */
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_attempted_completion_function = complete;
    /* No '.', ':' or '/': a path of fields, or of files, reaches the completer whole. */
    rl_completer_word_break_characters = " \t\n\"'`@$><=;|&{}()[]+-*%^#,~";
    rl_completer_quote_characters = "\"'";
    rl_startup_hook = insert_indent;
    rl_getc_function = get_key;
    rl_variable_bind("enable-bracketed-paste", "on");
    if (!isatty(STDOUT_FILENO)) { /* results go to a file: the prompt goes to the terminal */
        FILE *terminal = fopen("/dev/tty", "w");
        rl_outstream = terminal ? terminal : stderr;
    }
    using_history();
}

static void abandon_line(void) {
    rl_free_line_state(); /* an unfinished search or argument */
    rl_callback_sigcleanup();
    rl_point = rl_end;
    rl_redisplay(); /* what was typed stays on the screen, ended by ^C */
    rl_replace_line("", 0);
    fputs("^C\n", rl_outstream);
    fflush(rl_outstream);
    rl_callback_handler_remove();
}

static void pause_process(void) {
    rl_deprep_terminal();
    signals_stop_here();
    rl_prep_terminal(1);
    rl_forced_update_display();
}

/* Acts on the events of the pipe; true when the line was abandoned. */
static bool act_on_signals(void) {
    char event;
    while (read(signals_pipe(), &event, 1) == 1) {
        if (event == 'w') rl_resize_terminal();
        if (event == 't') pause_process();
        if (event == 'i') {
            abandon_line();
            return true;
        }
    }
    return false;
}

static void drain_pipe(void) {
    char byte;
    while (read(signals_pipe(), &byte, 1) == 1) {}
}

/* Feeds readline until it has a line; true when Ctrl-C came first. */
static bool edit(void) {
    struct pollfd sources[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals_pipe(), .events = POLLIN}};
    while (!answered) {
        int ready = poll(sources, 2, -1);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) {
            rl_callback_handler_remove();
            return false;
        }
        if (sources[1].revents && act_on_signals()) return true;
        if (sources[0].revents) rl_callback_read_char();
    }
    if (!signals_interrupted()) return false;
    free(answer); /* Ctrl-C came while readline read keys, or right after Enter */
    answer = NULL;
    return true;
}

prompt_outcome prompt_ask(const char *prompt, const char *indent, char **line) {
    prepare();
    drain_pipe();
    answered = false;
    answer = NULL;
    indent_text = indent;
    signals_begin_edit();
    rl_eof_found = 0;  /* or the prompt after one that Ctrl-D ended writes an empty line after each entry */
    rl_callback_handler_install(prompt, take_line);
    bool interrupted = edit();
    signals_end_edit();
    *line = answer;
    if (interrupted) return PROMPT_INTERRUPTED;
    return answer ? PROMPT_LINE : PROMPT_END;
}

void prompt_remember(const char *entry) { add_history(entry); }
