// SPDX-License-Identifier: Apache-2.0
// JSON on stdout, written as it comes.
#pragma once

#include <stdbool.h>

void open_bracket(char bracket);
void close_bracket(char bracket);
void key(const char* name);

void string_value(const char* text);
void int_value(long long number);
void bool_value(bool truth);
void null_value(void);

void string_field(const char* name, const char* text);
void int_field(const char* name, long long number);
void bool_field(const char* name, bool truth);
// As a string of 16 digits.
void hex_field(const char* name, unsigned long long bits);

// "ENOENT", "" for 0.
const char* errno_name(int error);
// {"errno":"ENOENT"} for failures; success adds nothing, so that `errno == ""` reads as "it worked".
void result_field(long result);
