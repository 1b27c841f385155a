// SPDX-License-Identifier: Apache-2.0
// Fuzzes the decoder of the bootstrap message: header and attributes as they come from the init pipe.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "decode.h"

namespace {

// Every text of a decoded message lies in the payload and ends there.
void check_text(const char* text, const std::vector<char>& payload) {
    if (text == nullptr) return;
    const char* end = payload.data() + payload.size();
    if (text < payload.data() || text >= end) std::abort();
    if (std::memchr(text, '\0', static_cast<size_t>(end - text)) == nullptr) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    char error[BOOTSTRAP_ERROR_SIZE] = "";
    size_t payload_size = 0;
    if (size < RUNCXX_BOOTSTRAP_HEADER_SIZE) return 0;
    if (!bootstrap_decode_header(data, &payload_size, error)) {
        if (error[0] == '\0') std::abort();
        return 0;
    }
    if (payload_size > RUNCXX_BOOTSTRAP_MESSAGE_MAX) std::abort();

    // A copy of the exact size, whatever the header says, so that the sanitizer sees both ends.
    std::vector<char> payload(data + RUNCXX_BOOTSTRAP_HEADER_SIZE, data + size);
    bootstrap message;
    if (!bootstrap_decode(payload.data(), payload.size(), &message, error)) {
        if (error[0] == '\0') std::abort();
        return 0;
    }
    if (message.join_count > RUNCXX_NAMESPACE_COUNT || (message.join_flags & message.clone_flags) != 0)
        std::abort();
    for (size_t i = 0; i < message.join_count; i++) {
        check_text(message.joins[i].path, payload);
        if (message.joins[i].path[0] == '\0') std::abort();
    }
    for (const char* text : {message.uid_map, message.gid_map, message.uid_map_tool, message.gid_map_tool,
                             message.oom_score_adj, message.time_offsets})
        check_text(text, payload);
    return 0;
}
