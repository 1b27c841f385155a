// SPDX-License-Identifier: Apache-2.0
#include "base/step.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

#include "base/log.h"

namespace runcxx {
namespace {

long long monotonic_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void stop_if_asked([[maybe_unused]] std::string_view name) {
#ifndef NDEBUG
    const char* wanted = std::getenv("RUNCXX_STOP_AT");
    if (wanted != nullptr && name == wanted) std::raise(SIGSTOP);
#endif
}

}  // namespace

StepTimer::StepTimer(std::string_view name) : name_(name) {
    stop_if_asked(name);
    if (log::is_enabled(log::Level::Debug)) started_ns_ = monotonic_ns();
}

StepTimer::~StepTimer() {
    if (started_ns_ != 0) log::debug("{}: {} us", name_, (monotonic_ns() - started_ns_) / 1000);
}

}  // namespace runcxx
