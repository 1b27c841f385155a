// SPDX-License-Identifier: Apache-2.0
// Values as bytes, for messages between two processes of the same binary: every struct with a visit_fields
// (oci/fields.h), and what it is made of. Native byte order, no names, no versions.
// Runs in: either. Must not be used for anything that outlives the two processes.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "oci/fields.h"

namespace runcxx::sync {

class Encoder {
public:
    std::string take() { return std::move(bytes_); }

    template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void put(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void put(const std::string& text) {
        put_size(text.size());
        bytes_.append(text);
    }
    template <class T>
    void put(const std::vector<T>& items) {
        put_size(items.size());
        if constexpr (std::is_arithmetic_v<T>) {
            bytes_.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T));
        } else {
            for (const auto& item : items)
                put(item);
        }
    }
    template <class T>
    void put(const std::optional<T>& value) {
        put(value.has_value());
        if (value) put(*value);
    }
    template <class A, class B>
    void put(const std::pair<A, B>& pair) {
        put(pair.first);
        put(pair.second);
    }
    template <class K, class T>
    void put(const std::map<K, T>& map) {
        put_size(map.size());
        for (const auto& entry : map) {
            put(entry.first);
            put(entry.second);
        }
    }
    template <oci::HasFields T>
    void put(const T& value) {
        visit_fields(value, [this](const auto&, const auto& member) { put(member); });
    }

private:
    void put_size(std::size_t size) { put(static_cast<std::uint32_t>(size)); }

    std::string bytes_;
};

// Every length is checked against what is left; a message that ends early or late is an Error.
class Decoder {
public:
    explicit Decoder(std::string_view bytes) : left_(bytes) {}

    template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void get(T& value) {
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
    }
    void get(std::string& text) { text = take(get_size()); }
    template <class T>
    void get(std::vector<T>& items) {
        const auto count = get_size();
        if constexpr (std::is_arithmetic_v<T>) {
            const auto raw = take(count * sizeof(T));
            items.resize(count);
            if (count != 0) std::memcpy(items.data(), raw.data(), raw.size());
        } else {
            // Not resize(count): a corrupt count must run into the end of the bytes, not into the allocator.
            items.clear();
            for (std::size_t i = 0; i < count; ++i)
                get(items.emplace_back());
        }
    }
    template <class T>
    void get(std::optional<T>& value) {
        bool present = false;
        get(present);
        if (present) get(value.emplace());
    }
    template <class A, class B>
    void get(std::pair<A, B>& pair) {
        get(pair.first);
        get(pair.second);
    }
    template <class K, class T>
    void get(std::map<K, T>& map) {
        const auto count = get_size();
        for (std::size_t i = 0; i < count; ++i) {
            std::pair<K, T> entry;
            get(entry);
            map.insert(std::move(entry));
        }
    }
    template <oci::HasFields T>
    void get(T& value) {
        visit_fields(value, [this](const auto&, auto& member) { get(member); });
    }
    void expect_end() const {
        if (!left_.empty()) throw Error("message between runtime and init has bytes left over");
    }

private:
    std::size_t get_size() {
        std::uint32_t size = 0;
        get(size);
        return size;
    }
    std::string_view take(std::size_t size) {
        if (size > left_.size()) throw Error("message between runtime and init ends early");
        const auto taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }

    std::string_view left_;
};

template <class T>
std::string encode(const T& value) {
    Encoder encoder;
    encoder.put(value);
    return encoder.take();
}

template <class T>
T decode(std::string_view bytes) {
    T value{};
    Decoder decoder(bytes);
    decoder.get(value);
    decoder.expect_end();
    return value;
}

}  // namespace runcxx::sync
