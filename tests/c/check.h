/*
 * A harness that fits on a page. A test is a program: main() calls its tests and returns check_report().
 */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdio.h>

static int check_passed, check_failed;

static inline int check_(int good, const char *file, int line, const char *what) {
    if (good) {
        check_passed++;
    } else {
        check_failed++;
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return good;
}

static inline int check_eq_int_(intmax_t is, intmax_t expected, const char *file, int line,
                                const char *what) {
    if (is != expected)
        fprintf(stderr, "%s:%d: %jd is not %jd\n", file, line, is, expected);
    return check_(is == expected, file, line, what);
}

/* Both give whether it held, so that a test can stop where going on makes no sense. */
#define CHECK(condition) check_(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ_INT(is, expected)                                                                           \
    check_eq_int_((intmax_t)(is), (intmax_t)(expected), __FILE__, __LINE__, #is " == " #expected)

/* Says how it went; to be returned from main(). A program that checked nothing has failed. */
static inline int check_report(void) {
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed > 0 || check_passed == 0;
}

#endif
