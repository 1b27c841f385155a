// SPDX-License-Identifier: Apache-2.0
// The test process's own place on the host, so that what the tests make can be told from everything else.
#pragma once

#include <string>

namespace runcxx::tests {

// Called once by main before the first test: child subreaper; an own cgroup in every hierarchy; as root also an own
// mount namespace (its own peer group, so that what leaks out of a container by propagation is still seen).
void isolate();
// Undoes what outlives the process.
void restore_host();

// "rxt-123": part of the name of everything that the tests make outside their temporary directories.
std::string own_name();

// The cgroup made by isolate(), as a path that is valid in every hierarchy: "/rxt-123", for an ordinary user below the
// cgroup that was delegated to it. "" for a user without one.
std::string own_cgroup();

}  // namespace runcxx::tests
