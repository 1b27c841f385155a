// SPDX-License-Identifier: Apache-2.0
// What the sanitizer build of the runtime does by itself, since its environment is not the caller's to set once it is init.
// No leak check: it needs a /proc and a thread, and init has neither. A status of its own, so that a test that expects
// failure can't mistake a sanitizer report for it.
const char* __asan_default_options(void);
const char* __ubsan_default_options(void);

__attribute__((used, visibility("default"))) const char* __asan_default_options(void) {
    return "detect_leaks=0:exitcode=99";
}

__attribute__((used, visibility("default"))) const char* __ubsan_default_options(void) {
    return "print_stacktrace=1:exitcode=99";
}
