// SPDX-License-Identifier: Apache-2.0
#include "support/stuck_file.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace runcxx::tests {

namespace {

constexpr std::uint64_t kFile = 2;
constexpr std::uint64_t kForever = 1'000'000;  // seconds

fuse_attr attributes_of(std::uint64_t node) {
    fuse_attr attributes{};
    attributes.ino = node;
    attributes.mode = node == kFile ? S_IFREG | 0444 : S_IFDIR | 0555;
    attributes.nlink = 1;
    attributes.size = node == kFile ? 4096 : 0;
    return attributes;
}

// Answers the requests of linux/fuse.h but for FUSE_READ. It takes that one: what nobody has taken is given up on
// SIGKILL.
class Server {
public:
    Server(int device, int reads) : device_(device), reads_(reads) {}

    void serve() const {
        std::vector<char> request(1U << 18);
        for (;;) {
            const auto size = read(device_, request.data(), request.size());
            if (size < 0 && errno == EINTR) continue;
            if (size < static_cast<ssize_t>(sizeof(fuse_in_header))) return;
            const auto& header = *reinterpret_cast<const fuse_in_header*>(request.data());
            answer(header, request.data() + sizeof header);
        }
    }

private:
    template <class Body>
    void reply(const fuse_in_header& to, const Body& body) const {
        fuse_out_header header{};
        header.len = sizeof header + sizeof body;
        header.unique = to.unique;
        iovec parts[] = {{&header, sizeof header}, {const_cast<Body*>(&body), sizeof body}};
        [[maybe_unused]] const auto written = writev(device_, parts, 2);
    }

    void refuse(const fuse_in_header& to) const {
        fuse_out_header header{};
        header.len = sizeof header;
        header.error = -ENOSYS;
        header.unique = to.unique;
        [[maybe_unused]] const auto written = write(device_, &header, sizeof header);
    }

    void answer(const fuse_in_header& request, const char* body) const {
        switch (request.opcode) {
            case FUSE_INIT: {
                fuse_init_out out{};
                out.major = FUSE_KERNEL_VERSION;
                out.minor = reinterpret_cast<const fuse_init_in*>(body)->minor;
                out.max_write = 4096;
                return reply(request, out);
            }
            case FUSE_GETATTR: {
                fuse_attr_out out{};
                out.attr_valid = kForever;
                out.attr = attributes_of(request.nodeid);
                return reply(request, out);
            }
            case FUSE_LOOKUP: {
                fuse_entry_out out{};
                out.nodeid = kFile;
                out.entry_valid = out.attr_valid = kForever;
                out.attr = attributes_of(kFile);
                return reply(request, out);
            }
            case FUSE_OPEN: {
                fuse_open_out out{};
                out.open_flags = FOPEN_DIRECT_IO;  // the reader itself waits, not a read-ahead
                return reply(request, out);
            }
            case FUSE_READ: {
                [[maybe_unused]] const auto written = write(reads_, "r", 1);
                return;
            }
            case FUSE_INTERRUPT:
            case FUSE_FORGET:
            case FUSE_BATCH_FORGET:
                return;
            default:
                return refuse(request);
        }
    }

    int device_;
    int reads_;
};

}  // namespace

StuckFile::StuckFile(std::filesystem::path directory) : directory_(std::move(directory)) {
    const Fd device(open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const auto options =
        "fd=" + std::to_string(device.get()) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    if (!device || mount("stuck", directory_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0)
        throw std::system_error(errno, std::generic_category(), "mount fuse on " + directory_.string());
    Pipe reads = make_pipe();
    server_ = fork();
    if (server_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        Server(device.get(), reads.write_end.get()).serve();
        _exit(0);
    }
    reads_ = std::move(reads.read_end);
}

void StuckFile::wait_for_reader() const {
    char byte = 0;
    if (read(reads_.get(), &byte, 1) != 1) throw std::runtime_error("nobody reads the stuck file");
}

void StuckFile::release() {
    if (server_ <= 0) return;
    // The last descriptor of the device goes with it, and the kernel gives up for it.
    kill(server_, SIGKILL);
    waitpid(server_, nullptr, 0);
    server_ = -1;
}

StuckFile::~StuckFile() {
    release();
    umount2(directory_.c_str(), MNT_DETACH);
}

}  // namespace runcxx::tests
