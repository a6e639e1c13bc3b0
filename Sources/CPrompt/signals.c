/* Signals of a terminal session. Handlers do only what POSIX allows in them: write a byte, set flags, tcsetattr. */
#include "signals.h"
#include "CPrompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int pipe_ends[2] = {-1, -1};
static volatile sig_atomic_t editing;
static void (*volatile on_interrupt)(void);
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

static void die_by(int signal_number) {
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void handle_fatal(int signal_number) {
    restore_terminal();
    die_by(signal_number);
}

/* Whether this is the third Ctrl-C within two seconds. */
static bool is_third(void) {
    static struct timespec before[2];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double age = (double)(now.tv_sec - before[0].tv_sec) + 1e-9 * (double)(now.tv_nsec - before[0].tv_nsec);
    bool third = before[0].tv_sec != 0 && age < 2;
    before[0] = before[1];
    before[1] = now;
    return third;
}

static void handle_interrupt(int signal_number) {
    (void)signal_number;
    if (editing) {
        post('i');
        return;
    }
    if (is_third()) {
        say("\nassay: stopped by the third Ctrl-C\n");
        _exit(130);
    }
    int saved = errno;
    if (on_interrupt) on_interrupt();
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

void prompt_watch_signals(void (*interrupt)(void)) {
    static const int deadly[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
    on_interrupt = interrupt;
    open_pipe();
    install(SIGINT, handle_interrupt, SA_RESTART);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        struct sigaction present;
        sigaction(deadly[i], NULL, &present);
        /* nohup ignores SIGHUP, and a crash reporter may have come first: both stay. */
        if (present.sa_handler == SIG_DFL) install(deadly[i], handle_fatal, SA_NODEFER);
    }
}

int signals_pipe(void) {
    open_pipe();
    return pipe_ends[0];
}

void signals_begin_edit(void) {
    if (!found_known) found_known = tcgetattr(STDIN_FILENO, &found) == 0;
    editing = 1;
    install(SIGWINCH, handle_resize, SA_RESTART);
    install(SIGTSTP, handle_stop, SA_RESTART);
}

void signals_end_edit(void) {
    install(SIGTSTP, SIG_DFL, 0);
    install(SIGWINCH, SIG_DFL, 0);
    editing = 0;
}

void signals_stop_here(void) {
    install(SIGTSTP, SIG_DFL, 0);
    kill(0, SIGTSTP);
    install(SIGTSTP, handle_stop, SA_RESTART);
}

int prompt_columns(void) {
    struct winsize size;
    for (int descriptor = STDERR_FILENO; descriptor >= STDOUT_FILENO; descriptor--)
        if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}
