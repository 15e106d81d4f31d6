/* marked.c, over TLS. */
#define WITH_TLS
#include "marked.c"
