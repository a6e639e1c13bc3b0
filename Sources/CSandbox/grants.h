/* The list of grants, which the kernel's path rules are made from. */
#include <stdbool.h>

enum { MOST_GRANTS = 256 };
/* A file or folder that is held open by an O_PATH descriptor. */
typedef struct { const char *path; int descriptor; bool writable, is_folder; } box_Grant;
const box_Grant *box_grants(int *count);
