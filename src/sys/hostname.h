// SPDX-License-Identifier: Apache-2.0
// The names of the uts namespace (sethostname(2), setdomainname(2)).
// Runs in: init.
#pragma once

#include <string>

namespace runcxx::sys {

void set_hostname(const std::string& name);
void set_domainname(const std::string& name);

}  // namespace runcxx::sys
