// SPDX-License-Identifier: Apache-2.0
#include "decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_U32, KIND_BOOL, KIND_TEXT };

enum attribute_index {
#define INDEX(number, name, kind) INDEX_##name,
    RUNCXX_BOOTSTRAP_ATTRIBUTES(INDEX)
#undef INDEX
        ATTRIBUTE_COUNT
};

struct attribute {
    uint16_t number;
    const char* name;
    enum kind kind;
};

static const struct attribute kAttributes[ATTRIBUTE_COUNT] = {
#define ROW(number, name, kind) {number, #name, KIND_##kind},
    RUNCXX_BOOTSTRAP_ATTRIBUTES(ROW)
#undef ROW
};

struct value {
    bool present;
    uint32_t number;
    char* text;
};

struct namespace_type {
    const char* name;
    uint32_t flag;
};

static const struct namespace_type kNamespaces[] = {
#define ROW(id, wire_name, oci_name, flag) {wire_name, flag},
    RUNCXX_NAMESPACES(ROW)
#undef ROW
};

#define FLAG(id, wire_name, oci_name, flag) | (flag)
static const uint32_t kAllNamespaceFlags = 0 RUNCXX_NAMESPACES(FLAG);
#undef FLAG

#define ENUMERATOR(id, wire_name, oci_name, flag) FLAG_##id = (flag),
enum { RUNCXX_NAMESPACES(ENUMERATOR) };
#undef ENUMERATOR

_Static_assert(sizeof(struct runcxx_bootstrap_header) == RUNCXX_BOOTSTRAP_HEADER_SIZE,
               "header has no padding");
_Static_assert(sizeof(struct runcxx_bootstrap_attribute_header) == RUNCXX_BOOTSTRAP_ATTRIBUTE_HEADER_SIZE,
               "attribute header has no padding");
_Static_assert(sizeof(kNamespaces) / sizeof(kNamespaces[0]) == RUNCXX_NAMESPACE_COUNT, "one join per type");

__attribute__((format(printf, 2, 3))) static bool reject(char* error, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, BOOTSTRAP_ERROR_SIZE, format, arguments);
    va_end(arguments);
    // Values are quoted as they came; the text is to stay one line.
    for (char* at = error; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ') *at = '?';
    }
    return false;
}

bool bootstrap_decode_header(const unsigned char* raw, size_t* payload_size,
                             char error[BOOTSTRAP_ERROR_SIZE]) {
    struct runcxx_bootstrap_header header;
    memcpy(&header, raw, sizeof(header));
    if (header.type != RUNCXX_BOOTSTRAP_MESSAGE_TYPE)
        return reject(error, "unexpected bootstrap message type %u, want %d", header.type,
                      RUNCXX_BOOTSTRAP_MESSAGE_TYPE);
    if (header.len < RUNCXX_BOOTSTRAP_HEADER_SIZE || header.len > RUNCXX_BOOTSTRAP_MESSAGE_MAX)
        return reject(error, "bootstrap message length %u is not between %d and %d", header.len,
                      RUNCXX_BOOTSTRAP_HEADER_SIZE, RUNCXX_BOOTSTRAP_MESSAGE_MAX);
    *payload_size = header.len - RUNCXX_BOOTSTRAP_HEADER_SIZE;
    return true;
}

static int find_attribute(uint16_t number) {
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (kAttributes[i].number == number) return i;
    }
    return -1;
}

static bool decode_value(const struct attribute* attribute, char* payload, size_t size, struct value* value,
                         char* error) {
    if (attribute->kind != KIND_TEXT) {
        if (size != sizeof(value->number))
            return reject(error, "bootstrap attribute %s: payload of %zu bytes, want %zu", attribute->name,
                          size, sizeof(value->number));
        memcpy(&value->number, payload, sizeof(value->number));
        return true;
    }
    if (size == 0 || payload[size - 1] != '\0')
        return reject(error, "bootstrap attribute %s: text is not terminated by NUL", attribute->name);
    if (size == 1) return reject(error, "bootstrap attribute %s: text is empty", attribute->name);
    const char* first_nul = memchr(payload, '\0', size);
    if (first_nul != payload + size - 1)
        return reject(error, "bootstrap attribute %s: NUL inside the text, at byte %zu of %zu",
                      attribute->name, (size_t)(first_nul - payload), size);
    value->text = payload;
    return true;
}

static bool split_attributes(char* payload, size_t size, struct value values[ATTRIBUTE_COUNT], char* error) {
    size_t at = 0;
    while (at < size) {
        const size_t left = size - at;
        struct runcxx_bootstrap_attribute_header header;
        if (left < sizeof(header))
            return reject(error, "%zu stray bytes at the end of the bootstrap message", left);
        memcpy(&header, payload + at, sizeof(header));

        const int index = find_attribute(header.type);
        if (index < 0) return reject(error, "unknown bootstrap attribute %u at byte %zu", header.type, at);
        const char* name = kAttributes[index].name;
        if (header.len < sizeof(header))
            return reject(error, "bootstrap attribute %s: length %u is less than its own header", name,
                          header.len);
        if (header.len > left)
            return reject(error, "bootstrap attribute %s: length %u, but only %zu bytes are left", name,
                          header.len, left);
        if (values[index].present) return reject(error, "bootstrap attribute %s occurs twice", name);
        values[index].present = true;
        if (!decode_value(&kAttributes[index], payload + at + sizeof(header), header.len - sizeof(header),
                          &values[index], error))
            return false;

        const size_t aligned =
            ((size_t)header.len + RUNCXX_BOOTSTRAP_ALIGNMENT - 1) & ~(size_t)(RUNCXX_BOOTSTRAP_ALIGNMENT - 1);
        // The last attribute may come without its padding, as netlink's own readers allow.
        at += aligned < left ? aligned : left;
    }
    return true;
}

// Cuts "type:path,type:path" into out->joins.
static bool decode_joins(char* text, struct bootstrap* out, char* error) {
    for (char* item = text; item != NULL;) {
        char* next = strchr(item, ',');
        if (next != NULL) *next++ = '\0';
        char* path = strchr(item, ':');
        if (path == NULL) return reject(error, "namespace path '%s' is not of the form type:path", item);
        *path++ = '\0';

        const struct namespace_type* type = NULL;
        for (size_t i = 0; i < RUNCXX_NAMESPACE_COUNT; i++) {
            if (strcmp(item, kNamespaces[i].name) == 0) type = &kNamespaces[i];
        }
        if (type == NULL) return reject(error, "unknown namespace type '%s' (path '%s')", item, path);
        if (*path == '\0') return reject(error, "path of the %s namespace is empty", type->name);
        if ((out->join_flags & type->flag) != 0)
            return reject(error, "the %s namespace occurs twice among the paths", type->name);
        out->join_flags |= type->flag;
        out->joins[out->join_count++] = (struct bootstrap_join){type->flag, type->name, path};
        item = next;
    }
    return true;
}

// Lines of exactly three numbers. Strict, because the words may become arguments of a setuid program.
static bool check_id_map(const char* name, const char* map, char* error) {
    unsigned words = 0;
    for (const char* at = map; *at != '\0';) {
        const size_t digits = strspn(at, "0123456789");
        const size_t blanks = strspn(at + digits, " ");
        const char* end = at + digits + blanks;
        words++;
        const bool line_ends = *end == '\n' || *end == '\0';
        if (digits == 0 || digits > 10 || line_ends != (words % 3 == 0) || (!line_ends && blanks == 0))
            return reject(error, "bootstrap attribute %s: line %u is not three numbers", name,
                          (words + 2) / 3);
        at = *end == '\n' ? end + 1 : end;
        at += line_ends ? strspn(at, " ") : 0;
    }
    return true;
}

static bool check_oom_score_adj(const char* text, char* error) {
    const char* digits = text + (*text == '-');
    const size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0')
        return reject(error, "bootstrap attribute OOM_SCORE_ADJ: '%s' is not a number", text);
    return true;
}

static bool check_consistency(const struct bootstrap* out, char* error) {
    if ((out->clone_flags & ~kAllNamespaceFlags) != 0)
        return reject(error, "bootstrap attribute CLONE_FLAGS: %#x are not flags of namespaces",
                      out->clone_flags & ~kAllNamespaceFlags);
    for (size_t i = 0; i < RUNCXX_NAMESPACE_COUNT; i++) {
        if ((out->clone_flags & out->join_flags & kNamespaces[i].flag) != 0)
            return reject(error, "the %s namespace is to be created and to be joined", kNamespaces[i].name);
    }

    const bool new_user = (out->clone_flags & FLAG_USER) != 0;
    if (new_user != (out->uid_map != NULL) || new_user != (out->gid_map != NULL))
        return reject(error, "%s",
                      new_user ? "a new user namespace needs both UIDMAP and GIDMAP"
                               : "UIDMAP and GIDMAP need a new user namespace");
    if (out->uid_map != NULL && !check_id_map("UIDMAP", out->uid_map, error)) return false;
    if (out->gid_map != NULL && !check_id_map("GIDMAP", out->gid_map, error)) return false;
    if (out->uid_map_tool != NULL && out->uid_map_tool[0] != '/')
        return reject(error, "bootstrap attribute UIDMAPPATH: '%s' is not absolute", out->uid_map_tool);
    if (out->gid_map_tool != NULL && out->gid_map_tool[0] != '/')
        return reject(error, "bootstrap attribute GIDMAPPATH: '%s' is not absolute", out->gid_map_tool);
    if (out->time_offsets != NULL && (out->clone_flags & FLAG_TIME) == 0)
        return reject(error, "TIMENSOFFSET needs a new time namespace");
    return out->oom_score_adj == NULL || check_oom_score_adj(out->oom_score_adj, error);
}

bool bootstrap_decode(char* payload, size_t size, struct bootstrap* out, char error[BOOTSTRAP_ERROR_SIZE]) {
    struct value values[ATTRIBUTE_COUNT] = {0};
    if (!split_attributes(payload, size, values, error)) return false;

    *out = (struct bootstrap){
        .clone_flags = values[INDEX_CLONE_FLAGS].number,
        .uid_map = values[INDEX_UIDMAP].text,
        .gid_map = values[INDEX_GIDMAP].text,
        .uid_map_tool = values[INDEX_UIDMAPPATH].text,
        .gid_map_tool = values[INDEX_GIDMAPPATH].text,
        .oom_score_adj = values[INDEX_OOM_SCORE_ADJ].text,
        .time_offsets = values[INDEX_TIMENSOFFSET].text,
        .setgroup = values[INDEX_SETGROUP].number != 0,
        .rootless_euid = values[INDEX_ROOTLESS_EUID].number != 0,
    };
    if (values[INDEX_NS_PATHS].present && !decode_joins(values[INDEX_NS_PATHS].text, out, error))
        return false;
    return check_consistency(out, error);
}
