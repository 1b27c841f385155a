// SPDX-License-Identifier: Apache-2.0
// The message that the runtime opens its talk with `init` with, put together byte by byte and not by the product's
// encoder, so that the two can't agree on a mistake.
#pragma once

#include <sched.h>

#include <cstdint>
#include <optional>
#include <string>

namespace runcxx::tests::bootstrap {

std::string attribute(uint16_t type, const std::string& payload, std::optional<uint16_t> length = {});
std::string number(uint16_t type, uint32_t value);
std::string text(uint16_t type, const std::string& value);

std::string flags(uint32_t value);
std::string paths(const std::string& value);
// The same for uids and gids.
std::string maps(const std::string& value);

std::string message(const std::string& attributes, uint16_t type = 62000,
                    std::optional<uint32_t> length = {});

constexpr uint32_t kUser = CLONE_NEWUSER, kIpc = CLONE_NEWIPC, kUts = CLONE_NEWUTS, kNet = CLONE_NEWNET,
                   kPid = CLONE_NEWPID, kMnt = CLONE_NEWNS, kCgroup = CLONE_NEWCGROUP, kTime = 0x80;

}  // namespace runcxx::tests::bootstrap
