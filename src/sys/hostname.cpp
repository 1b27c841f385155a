// SPDX-License-Identifier: Apache-2.0
#include "sys/hostname.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"

namespace runcxx::sys {

void set_hostname(const std::string& name) {
    if (::sethostname(name.data(), name.size()) < 0)
        throw Error::from_errno(errno, "sethostname " + quoted(name));
}

void set_domainname(const std::string& name) {
    if (::setdomainname(name.data(), name.size()) < 0)
        throw Error::from_errno(errno, "setdomainname " + quoted(name));
}

}  // namespace runcxx::sys
