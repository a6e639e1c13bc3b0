/* Standard input from elsewhere than descriptor 0, and standard output that keeps nothing back: what a notebook's kernel
 * needs before Lua opens its io library. Swift sees neither fopencookie nor the variables of C. */
#define _GNU_SOURCE
#include "CPrompt.h"

#include <stdio.h>

static prompt_reader reader;

static ssize_t read_input(void *cookie, char *buffer, size_t size) {
    (void)cookie;
    return reader(buffer, size);
}

bool prompt_replace_input(prompt_reader source) {
    cookie_io_functions_t functions = {.read = read_input};
    FILE *file = fopencookie(NULL, "r", functions);
    if (!file) return false;
    reader = source;
    stdin = file;
    return true;
}

void prompt_unbuffer_output(void) { setvbuf(stdout, NULL, _IONBF, 0); }
