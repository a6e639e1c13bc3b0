/* Tab: the hooks know what could follow; readline's own ways of completing get the same candidates. */
#include "editor.h"

#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

static char **offers;
static size_t offer_count, offer_room;

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

/* For menu-complete and its like, where the user has bound them, and for dumb terminals. */
static char **offer_word(const char *text, int start, int end) {
    rl_attempted_completion_over = !rl_completion_quote_character; /* inside a string: file names */
    offer_count = 0;
    hooks.offer(rl_line_buffer, start, end);
    if (offer_count == 0) return NULL;
    rl_attempted_completion_over = 1;
    rl_completion_suppress_append = 1; /* what follows a name is seldom a space */
    rl_sort_completion_matches = 0;    /* the best come first */
    return rl_completion_matches(text, next_offer);
}

static void list_matches(char **matches, int count, int width) {
    if (view_is_multiline()) {
        hooks.list(matches + 1, count, rl_line_buffer, rl_point);
        view_update();
        return;
    }
    rl_display_match_list(matches, count, width);
    rl_forced_update_display();
}

int complete_text(int count, int key) {
    if (!view_is_multiline()) return rl_complete(count, key);
    bool again = rl_last_func == complete_text;
    prompt_request request = again ? PROMPT_COMPLETE_AGAIN : PROMPT_COMPLETE;
    prompt_edit edit = hooks.edit(request, rl_line_buffer, rl_end, rl_point);
    if (!edit.text) return rl_complete(count, key);
    rl_begin_undo_group();
    rl_delete_text(edit.start, edit.end);
    rl_point = edit.start;
    rl_insert_text(edit.text);
    rl_end_undo_group();
    free(edit.text);
    return 0;
}

void completion_prepare(void) {
    rl_attempted_completion_function = offer_word;
    rl_completion_display_matches_hook = list_matches;
    /* No '.', ':' or '/': a path of fields, or of files, reaches the completer whole. */
    rl_completer_word_break_characters = " \t\n\"'`@$><=;|&{}()[]+-*%^#,~";
    rl_completer_quote_characters = "\"'";
}
