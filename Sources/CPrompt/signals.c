/* Signals of a terminal session. Handlers do only what POSIX allows in them: write a byte, set flags, tcsetattr. */
#include "signals.h"
#include "CPrompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int pipe_ends[2] = {-1, -1};
static volatile sig_atomic_t editing, interrupted;
static struct sigaction outside; /* what SIGINT does when no line is edited */
static struct termios found; /* the terminal as it was before the first edit */
static volatile sig_atomic_t found_known;

static void say(const char *text) { (void)!write(STDERR_FILENO, text, strlen(text)); }

static void post(char event) {
    int saved = errno;
    (void)!write(pipe_ends[1], &event, 1);
    errno = saved;
}

/* Gives the terminal back: its mode, and bracketed paste off. */
static void restore_terminal(void) {
    if (!editing || !found_known) return;
    tcsetattr(STDIN_FILENO, TCSANOW, &found);
    say("\033[?2004l\r\n");
}

static struct sigaction before[NSIG]; /* what the deadly signals did before us */

/* Restores the terminal and lets what was there before do its work: the default, or a crash reporter. A fault comes
 * again when the handler returns, at the same instruction; a signal that was sent has to be sent again. */
static void handle_deadly(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    restore_terminal();
    sigaction(signal_number, &before[signal_number], NULL);
    if (info->si_code <= 0) raise(signal_number);
}

static void handle_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
    post('i');
}

void prompt_count_interrupt(int count) {
    static struct timespec last[2];
    struct timespec now;
    if (count == 1) memset(last, 0, sizeof last); /* of this evaluation */
    clock_gettime(CLOCK_MONOTONIC, &now);
    double age = (double)(now.tv_sec - last[0].tv_sec) + 1e-9 * (double)(now.tv_nsec - last[0].tv_nsec);
    bool third = last[0].tv_sec != 0 && age < 2;
    last[0] = last[1];
    last[1] = now;
    if (!third) return;
    say("\nassay: stopped by the third Ctrl-C\n");
    _exit(130);
}

/* A reader that has gone away ends us quietly, as it ends any filter; a pipe to a program of ours is an error of that
 * write alone. */
static void handle_broken_pipe(int signal_number) {
    (void)signal_number;
    int saved = errno;
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&output, 1, 0) > 0 && (output.revents & POLLERR)) _exit(128 + SIGPIPE);
    errno = saved;
}

static void handle_resize(int signal_number) {
    (void)signal_number;
    post('w');
}

static void handle_stop(int signal_number) {
    (void)signal_number;
    post('t');
}

static void install(int signal_number, void (*handler)(int), int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

static void open_pipe(void) {
    if (pipe_ends[0] >= 0 || pipe(pipe_ends) != 0) return;
    for (int i = 0; i < 2; i++) {
        fcntl(pipe_ends[i], F_SETFL, O_NONBLOCK);
        fcntl(pipe_ends[i], F_SETFD, FD_CLOEXEC);
    }
}

void prompt_watch_signals(void) {
    static const int deadly[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
    install(SIGPIPE, handle_broken_pipe, SA_RESTART);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle_deadly;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        sigaction(deadly[i], NULL, &before[deadly[i]]);
        if (before[deadly[i]].sa_handler != SIG_IGN) sigaction(deadly[i], &action, NULL); /* nohup ignores SIGHUP */
    }
}

int signals_pipe(void) {
    open_pipe();
    return pipe_ends[0];
}

void signals_begin_edit(void) {
    if (!found_known) found_known = tcgetattr(STDIN_FILENO, &found) == 0;
    editing = 1;
    sigaction(SIGINT, NULL, &outside);
    interrupted = 0;
    install(SIGINT, handle_interrupt, 0); /* a read that waits for a key returns */
    install(SIGWINCH, handle_resize, SA_RESTART);
    install(SIGTSTP, handle_stop, SA_RESTART);
}

void signals_end_edit(void) {
    install(SIGTSTP, SIG_DFL, 0);
    install(SIGWINCH, SIG_DFL, 0);
    sigaction(SIGINT, &outside, NULL);
    editing = 0;
}

bool signals_interrupted(void) { return interrupted; }

void signals_stop_here(void) {
    install(SIGTSTP, SIG_DFL, 0);
    kill(0, SIGTSTP);
    install(SIGTSTP, handle_stop, SA_RESTART);
}

static struct winsize terminal_size(void) {
    struct winsize size;
    for (int descriptor = STDERR_FILENO; descriptor >= STDOUT_FILENO; descriptor--)
        if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) return size;
    return (struct winsize){.ws_col = 80, .ws_row = 24};
}

int prompt_columns(void) { return terminal_size().ws_col; }
int prompt_lines(void) { return terminal_size().ws_row; }
