// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Values follow each other; `separator` knows whether a comma is due.
static bool comma_due;

static void separator(void) {
    if (comma_due) putchar(',');
    comma_due = true;
}

static void raw_string(const char* text) {
    putchar('"');
    for (const unsigned char* c = (const unsigned char*)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < 0x20 || *c >= 0x7f)
            printf("\\u%04x", *c);
        else
            putchar(*c);
    }
    putchar('"');
}

void key(const char* name) {
    separator();
    raw_string(name);
    putchar(':');
    comma_due = false;
}

void string_value(const char* text) {
    separator();
    raw_string(text);
}

void int_value(long long number) {
    separator();
    printf("%lld", number);
}

void bool_value(bool truth) {
    separator();
    fputs(truth ? "true" : "false", stdout);
}

void null_value(void) {
    separator();
    fputs("null", stdout);
}

void open_bracket(char bracket) {
    separator();
    putchar(bracket);
    comma_due = false;
}

void close_bracket(char bracket) {
    putchar(bracket);
    comma_due = true;
}

void string_field(const char* name, const char* text) {
    key(name);
    string_value(text);
}

void int_field(const char* name, long long number) {
    key(name);
    int_value(number);
}

void bool_field(const char* name, bool truth) {
    key(name);
    bool_value(truth);
}

void hex_field(const char* name, unsigned long long bits) {
    char text[32];
    snprintf(text, sizeof text, "%016llx", bits);
    string_field(name, text);
}

const char* errno_name(int error) {
    return error ? strerrorname_np(error) : "";
}

void result_field(long result) {
    string_field("errno", result < 0 ? errno_name(errno) : "");
}
