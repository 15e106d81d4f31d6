#include <string.h>

#include "check.h"
#include "status.h"

static void test_every_status_has_a_sentence_of_its_own(void) {
    const int all[] = {MC_OK,        MC_E_ARGUMENT,    MC_E_NO_ROOM,    MC_E_EXISTS, MC_E_FULL,   MC_E_STATE,
                       MC_E_MEMORY,  MC_E_SYSTEM,      MC_E_CORRUPT,    MC_E_CODEC,  MC_E_PACKET, MC_E_WIRE,
                       MC_E_WS_UTF8, MC_E_WS_PROTOCOL, MC_E_WS_TOO_BIG, INT32_MIN};
    const size_t n = sizeof all / sizeof *all;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            CHECK(strcmp(mc_status_text(all[i]), mc_status_text(all[j])) != 0);
}

static void test_a_count_is_success(void) {
    CHECK(strcmp(mc_status_text(17), mc_status_text(MC_OK)) == 0);
}

int main(void) {
    test_every_status_has_a_sentence_of_its_own();
    test_a_count_is_success();
    return check_report();
}
