// SPDX-License-Identifier: Apache-2.0
// A file whose readers never return: what a dead NFS server or disk does to a process. It is served through FUSE by a
// child that never answers when the file is read. A reader can be interrupted by nothing but SIGKILL, and even then it
// does not end, but waits in uninterruptible sleep, in which it can't be frozen either.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "support/fd.h"

namespace runcxx::tests {

class StuckFile {
public:
    // Mounts a file system at `directory`, which must exist; the file in it is "file". Needs root and /dev/fuse.
    explicit StuckFile(std::filesystem::path directory);
    ~StuckFile();
    StuckFile(const StuckFile&) = delete;
    StuckFile& operator=(const StuckFile&) = delete;

    // Waits until somebody reads.
    void wait_for_reader() const;
    // Readers return with an error. The mount stays until the end.
    void release();

private:
    std::filesystem::path directory_;
    pid_t server_ = -1;
    Fd reads_;  // one byte for each
};

}  // namespace runcxx::tests
