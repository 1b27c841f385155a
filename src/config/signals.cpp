// SPDX-License-Identifier: Apache-2.0
#include "config/signals.h"

#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::config {
namespace {

constexpr Named<int> kSignals[] = {
    {"SIGABRT", SIGABRT},     {"SIGALRM", SIGALRM}, {"SIGBUS", SIGBUS},   {"SIGCHLD", SIGCHLD},
    {"SIGCONT", SIGCONT},     {"SIGFPE", SIGFPE},   {"SIGHUP", SIGHUP},   {"SIGILL", SIGILL},
    {"SIGINT", SIGINT},       {"SIGIO", SIGIO},     {"SIGKILL", SIGKILL}, {"SIGPIPE", SIGPIPE},
    {"SIGPROF", SIGPROF},     {"SIGPWR", SIGPWR},   {"SIGQUIT", SIGQUIT}, {"SIGSEGV", SIGSEGV},
    {"SIGSTKFLT", SIGSTKFLT}, {"SIGSTOP", SIGSTOP}, {"SIGSYS", SIGSYS},   {"SIGTERM", SIGTERM},
    {"SIGTRAP", SIGTRAP},     {"SIGTSTP", SIGTSTP}, {"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU},
    {"SIGURG", SIGURG},       {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGVTALRM", SIGVTALRM},
    {"SIGWINCH", SIGWINCH},   {"SIGXCPU", SIGXCPU}, {"SIGXFSZ", SIGXFSZ},
};

}  // namespace

int parse_signal(std::string_view text) {
    if (const auto number = parse_number<int>(text.starts_with('+') ? text.substr(1) : text)) return *number;
    auto name = to_upper(text);
    if (!name.starts_with("SIG")) name.insert(0, "SIG");
    if (const auto number = find_value(kSignals, name)) return *number;
    throw Error(fmt::format("unknown signal {}", quoted(text)));
}

std::string_view signal_name(int number) {
    return find_name(kSignals, number);
}

std::vector<std::string_view> signal_names() {
    std::vector<std::string_view> names;
    for (const auto& row : kSignals)
        names.push_back(row.name);
    return names;
}

}  // namespace runcxx::config
