/* The prompt: readline behind its callback interface, and the signals of a terminal session.
 *
 * readline reads keys, knows the user's bindings, edits the text and walks through history. What the screen shows, what
 * Enter and Tab mean and how lines are indented is decided by the hooks, so that it can be written and tested in Swift.
 * One process has one terminal, so the state is global; call everything from the main thread. */
#ifndef CPROMPT_H
#define CPROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef enum { PROMPT_LINE, PROMPT_ENTRY, PROMPT_END, PROMPT_INTERRUPTED } prompt_outcome;

/* What there is to draw, and why. */
typedef enum {
    PROMPT_BEGUN,     /* the cursor stands on an empty row: nothing to draw yet */
    PROMPT_UPDATED,   /* the text, the cursor or the prompt is another */
    PROMPT_RESIZED,   /* the window too */
    PROMPT_CLEARED,   /* the screen is to be empty but for the text */
    PROMPT_LEFT,      /* something else will write: go below the text, which will be drawn anew there */
    PROMPT_FINISHED,  /* the text was entered: go below it for good; the cursor is in column 0 */
    PROMPT_ABANDONED, /* the same after Ctrl-C */
} prompt_drawing;

typedef struct {
    prompt_drawing drawing;
    const char *prompt; /* parts between \1 and \2 take no room */
    bool is_message;    /* the prompt is that of a search or an argument */
    const char *text;
    int length, point; /* bytes */
    int columns, lines;
} prompt_view;

/* A change of the text: the bytes start..<end become `text`, after which the cursor stands. The text is freed by the
 * receiver; NULL is no change. */
typedef struct {
    int start, end;
    char *text;
} prompt_edit;

typedef enum {
    PROMPT_BREAK_LINE,      /* a line end and the indentation of the new line are wanted */
    PROMPT_CLOSE_LINE,      /* Enter submits: the last line may be indented anew */
    PROMPT_COMPLETE,        /* Tab */
    PROMPT_COMPLETE_AGAIN,  /* Tab right after Tab */
} prompt_request;

typedef struct {
    /* Whether Enter should ask for more lines. */
    bool (*is_incomplete)(const char *text);
    /* What a key does to the text. */
    prompt_edit (*edit)(prompt_request request, const char *text, int length, int point);
    /* What is inserted for pasted bytes; to be freed by the receiver. */
    char *(*paste)(const char *bytes, size_t count, bool into_empty);
    void (*draw)(const prompt_view *view);
    /* Offers completions of the word start..<end through prompt_offer, for readline's own ways of completing. */
    void (*offer)(const char *text, int start, int end);
    /* Shows candidates that readline found. */
    void (*list)(char **candidates, int count, const char *text, int point);
} prompt_hooks;

/* To be called once, before everything else. */
void prompt_set_hooks(prompt_hooks hooks);

/* Reads one entry with editing, history and completion. PROMPT_ENTRY leaves a whole entry, perhaps of several lines, in
 * *text, to be freed by the caller; PROMPT_LINE a single line, of which the caller knows whether more must follow: that is
 * so on terminals that cannot show several lines. PROMPT_END is Ctrl-D or a closed terminal; after PROMPT_INTERRUPTED,
 * Ctrl-C, whatever had been typed is gone. `start` is in the text from the beginning; with `submits` it is entered at
 * once. On return the terminal is in the mode in which it was found. */
prompt_outcome prompt_ask(const char *prompt, const char *start, bool submits, char **text);

/* Adds an entry, perhaps of several lines, to what the Up key recalls. */
void prompt_remember(const char *entry);

/* Adds a candidate, called from the hook `offer`. */
void prompt_offer(const char *candidate);

/* Writes to where the prompt is shown, called from the hook `draw`. */
void prompt_write(const char *bytes, size_t count);

/* Columns that terminals give a character: 0 for marks that join the one before, 2 for wide ones, -1 for none that can be
 * shown. */
int prompt_character_width(unsigned scalar);

/* Ends a line of output that waits in standard output without its line end. */
void prompt_end_open_line(void);

/* Sees to it that whatever ends the process (SIGTERM, SIGHUP, a crash), the terminal gets back the mode in which it was
 * found, and that a reader of our output that goes away ends us quietly. */
void prompt_watch_signals(void);

/* To be called from the handler of each Ctrl-C that comes while no line is edited, with its number since evaluation
 * began: the third within two seconds ends the process with code 130, for work that does not listen. */
void prompt_count_interrupt(int count);

/* Columns of the terminal that stderr or stdout is connected to, 80 when neither is a terminal. */
int prompt_columns(void);
/* Its lines, 24 when neither is. */
int prompt_lines(void);

/* Asks the terminal whether it shows pixels, and how; waits at most so many milliseconds for its answer. UNKNOWN when it
 * cannot be asked now: no terminal, not in the foreground, or keys are waiting to be read. */
typedef enum {
    PROMPT_GRAPHICS_UNKNOWN, PROMPT_GRAPHICS_NONE, PROMPT_GRAPHICS_KITTY, PROMPT_GRAPHICS_SIXEL
} prompt_graphics;
prompt_graphics prompt_probe_graphics(int timeout);
/* The size of a character in pixels; false when the terminal does not say. */
bool prompt_character_size(int *width, int *height);

/* --- streams.c -------------------------------------------------------------------------------------------------- */

/* Reads up to so many bytes as read(2) does: 0 at the end, -1 with errno for failure. */
typedef ssize_t (*prompt_reader)(char *buffer, size_t size);
/* Makes the stream `stdin` of C read from a function; false when there is no memory. */
bool prompt_replace_input(prompt_reader source);
/* Every write to the stream `stdout` of C goes to its descriptor at once. */
void prompt_unbuffer_output(void);

/* --- capture.c -------------------------------------------------------------------------------------------------- */

/* A file in memory without a name, closed when a program is started, to which everything is appended; -1 on failure. */
int prompt_memory_file(const char *name);
/* Gives the memory of bytes back that have been read; the file keeps its length. */
void prompt_release_bytes(int file, long start, long count);
/* Empties C's buffer of standard output. */
void prompt_flush_output(void);

#endif
