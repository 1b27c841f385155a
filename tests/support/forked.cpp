// SPDX-License-Identifier: Apache-2.0
#include "support/forked.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

#include "support/fd.h"

namespace runcxx::tests {

Forked in_child(const std::function<std::string()>& body) {
    Pipe pipe = make_pipe();
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::system_category(), "fork");
    if (pid == 0) {
        int code = 0;
        std::string text;
        try {
            text = body();
        } catch (const std::exception& error) {
            text = std::string("exception: ") + error.what();
            code = 99;
        }
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t size = ::write(pipe.write_end.get(), text.data() + done, text.size() - done);
            if (size <= 0) break;
            done += static_cast<std::size_t>(size);
        }
        ::_exit(code);
    }
    pipe.write_end.reset();
    Forked result;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(pipe.read_end.get(), buffer.data(), buffer.size())) > 0;)
        result.text.append(buffer.data(), static_cast<std::size_t>(size));
    int status = 0;
    ::waitpid(pid, &status, 0);
    result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result;
}

}  // namespace runcxx::tests
