// SPDX-License-Identifier: Apache-2.0
// The program tests put into bundles as /probe: it reports, as one JSON object on stdout, what a process
// inside the container sees. Usage: probe VERB [ARG] [VERB [ARG]]...; verbs run from left to right. A verb
// with an argument is reported under "verb arg", one without under "verb". Built static, links nothing but
// libc. The verbs are in facts.c and actions.c.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "verbs.h"

int main_argc;
char** main_argv;

int main(int argc, char** argv) {
    main_argc = argc;
    main_argv = argv;
    if (argc > 1 && strcmp(argv[1], "signal") == 0) act_signals("");
    putchar('{');
    for (int i = 1; i < argc; i++) {
        bool known = false;
        for (const struct fact* fact = facts; fact->name && !known; fact++)
            if (strcmp(argv[i], fact->name) == 0) {
                known = true;
                key(argv[i]);
                fact->run();
            }
        for (const struct action* action = actions; action->name && !known; action++)
            if (strcmp(argv[i], action->name) == 0 && i + 1 < argc) {
                known = true;
                if (strcmp(argv[i], "exit") == 0) act_exit(argv[i + 1]);
                char name[4200];
                snprintf(name, sizeof name, "%s %s", argv[i], argv[i + 1]);
                key(name);
                action->run(argv[++i]);
            }
        if (!known) {
            fprintf(stderr, "probe: unknown verb or missing argument: %s\n", argv[i]);
            return 99;
        }
    }
    puts("}");
    return 0;
}
