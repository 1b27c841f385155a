// SPDX-License-Identifier: Apache-2.0
#include "sys/command_output.h"

#include <fcntl.h>

#include "sys/exec.h"
#include "sys/file.h"
#include "sys/tty.h"

namespace runcxx::sys {

CommandOutput run_command(const std::string& path, const std::vector<std::string>& args) {
    const auto input = open_file(HostPath("/dev/null"), O_RDONLY);
    auto output = make_pipe();
    SpawnOptions options;
    options.path = path;
    options.args = args;
    options.env = own_environment();
    options.fds = {{input.get(), 0}, {output.write_end.get(), 1}, {output.write_end.get(), 2}};
    options.close_other_fds = true;
    auto child = spawn(options);
    output.write_end.reset();
    CommandOutput result;
    result.text = read_all(output.read_end, path, 64U << 20);
    result.status = child.wait();
    return result;
}

}  // namespace runcxx::sys
