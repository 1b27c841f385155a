// SPDX-License-Identifier: Apache-2.0
#include "process/capabilities.h"

#include <cerrno>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "config/capabilities.h"
#include "sys/credentials.h"

namespace runcxx::process {
namespace {

constexpr unsigned kMostCapabilities = 64;  // the width of the kernel's sets

bool contains(std::uint64_t set, unsigned capability) {
    return (set >> capability & 1U) != 0;
}

}  // namespace

std::string capability_name(unsigned number) {
    const auto names = config::capability_names();
    return number < names.size() ? names[number] : fmt::format("CAP_{}", number);
}

void drop_bounding_set(const config::CapabilitySets& sets) {
    std::vector<std::string> kept;
    // Dropping what is already dropped is no error, so nothing has to be read first. The loop goes on behind
    // the capabilities we know the names of, until the kernel says that there are no more.
    for (unsigned capability = 0; capability < kMostCapabilities; ++capability) {
        if (contains(sets.bounding, capability)) continue;
        const int error = sys::try_drop_from_bounding_set(capability);
        if (error == EINVAL) break;
        if (error == EPERM) {
            if (sys::is_in_bounding_set(capability)) kept.push_back(capability_name(capability));
        } else if (error != 0) {
            throw Error::from_errno(
                error, fmt::format("unable to apply bounding set: drop {}", capability_name(capability)));
        }
    }
    if (!kept.empty())
        log::warning(
            "can't drop {} from the bounding set without CAP_SETPCAP: set-user-ID programs can still gain "
            "them",
            join(kept, ", "));
}

void apply_capabilities(const config::CapabilitySets& sets) {
    const int error = sys::try_set_thread_capabilities(
        {.effective = sets.effective, .permitted = sets.permitted, .inheritable = sets.inheritable});
    if (error != 0) {
        std::string hint;
        if (error == EPERM) {
            const auto own = sys::thread_capabilities();
            std::vector<std::string> lacking;
            for (unsigned capability = 0; capability < kMostCapabilities; ++capability)
                if (contains(sets.permitted & ~own.permitted, capability))
                    lacking.push_back(capability_name(capability));
            if (!lacking.empty())
                hint = fmt::format(" (not permitted to this process itself: {})", join(lacking, ", "));
            if (lacking.empty() && (sets.effective & ~sets.permitted) != 0)
                hint = " (effective capabilities must be permitted ones)";
        }
        throw Error(
            Error::Kind::Failure,
            fmt::format("unable to apply caps: can't apply capabilities: {}{}", errno_text(error), hint),
            error);
    }

    // EINVAL: before Linux 4.3 there is no ambient set to clear.
    const int cleared = sys::try_clear_ambient_set();
    if (cleared != 0 && cleared != EINVAL)
        throw Error::from_errno(cleared, "unable to apply caps: clear ambient set");
    for (unsigned capability = 0; capability < kMostCapabilities; ++capability) {
        if (!contains(sets.ambient, capability)) continue;
        if (const int refused = sys::try_raise_ambient(capability); refused != 0)
            log::warning("can't raise ambient capability {}: {}", capability_name(capability),
                         errno_text(refused));
    }
}

}  // namespace runcxx::process
