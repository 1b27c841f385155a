// SPDX-License-Identifier: Apache-2.0
// The one exception type. Thrown once where something fails, given context by every step it passes
// (see base/step.h), and turned into text or data at exactly one place per process.
// Runs in: either. Must not: log, or be caught to be logged and thrown again.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace runcxx {

class Error : public std::exception {
public:
    // A kind exists only because some code branches on it or it sets the exit code.
    enum class Kind : unsigned char {
        Failure,            // everything nobody branches on
        InvalidConfig,      // config.json or an option value is wrong; nothing was done yet
        NotSupported,       // valid, but not implemented (yet): the text names the field or flag
        ContainerNotFound,  // no such container: `delete --force` succeeds on it
        NotRunning,         // the container has no live process: `kill --all` succeeds on it
        Usage,              // bad command line: help is printed before the error
        UnknownCommand,     // exit code 3
        OutOfMemory,        // init was OOM-killed
        Interrupted,        // a signal asked us to stop: nothing is tried once more
    };

    explicit Error(std::string message) : Error(Kind::Failure, std::move(message)) {}
    Error(Kind kind, std::string message, int errno_value = 0)
        : kind_(kind), errno_(errno_value), text_(std::move(message)) {}

    // "<what>: <errno text>", for a failed kernel call. Precondition: errno_value > 0.
    static Error from_errno(int errno_value, std::string_view what);

    // Appends " (<hint>)": the likely cause, and what to do about it.
    Error& add_hint(std::string_view hint);
    // Prepends "<context>: ".
    Error& add_context(std::string_view context);

    Kind kind() const noexcept { return kind_; }
    // The errno of the innermost failure, 0 when it was not a kernel call.
    int code() const noexcept { return errno_; }
    // The whole chain, outermost context first.
    const std::string& message() const noexcept { return text_; }
    const char* what() const noexcept override { return text_.c_str(); }

private:
    Kind kind_;
    int errno_;
    std::string text_;
};

// The kernel's text for an errno in the lower-case form that clients of runc match
// ("no such file or directory"); "errno N" for unknown numbers.
std::string errno_text(int errno_value);

}  // namespace runcxx
