#ifndef CK_SEATS_H
#define CK_SEATS_H
#include <stdint.h>

/* On which processors the threads of a team were seen last: one more than their numbers, 0 for not seen. */
enum { CK_SEATS = 64 };
typedef struct { int32_t taken[CK_SEATS]; } ck_seats;

/* The calling thread is number `thread` of the team and begins to work; 0 leads, and is seated before the others run. */
void ck_take_seat(ck_seats *seats, int thread);
#endif
