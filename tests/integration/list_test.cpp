// SPDX-License-Identifier: Apache-2.0
// list: what it prints in every format, and what it makes of entries that are no containers.
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

RUNTIME_TEST("list: an empty root prints the header, null or nothing", "[lifecycle][list]") {
    Result table = call({"list"});
    REQUIRE_OK(table);
    CHECK(table.out == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    Result as_json = call({"list", "--format", "json"});
    REQUIRE_OK(as_json);
    CHECK(trimmed(as_json.out) == "null");
    CHECK(call({"list", "-q"}).out.empty());
}

RUNTIME_TEST("list: shows every container as table, JSON and ids", "[lifecycle][list][root]") {
    Bundle& b = bundle().idle();
    std::string created = create(b), running = run_detached(b), stopped = run_detached(b);
    kill(stopped);
    wait_exit(stopped);

    Result as_json = call({"list", "-f", "json"});
    REQUIRE_OK(as_json);
    CHECK(as_json.out.find('\n') == as_json.out.size() - 1);
    json entries = json::parse(as_json.out);
    REQUIRE(entries.size() == 3);
    std::map<std::string, json> by_id;
    for (const auto& entry : entries)
        by_id[entry["id"]] = entry;
    CHECK(by_id[created]["status"] == "created");
    CHECK(by_id[running]["status"] == "running");
    CHECK(by_id[running]["pid"] == init_pid(running));
    CHECK(by_id[running]["bundle"] == b.dir().string());
    CHECK(by_id[running]["owner"] == "root");
    CHECK(by_id[stopped]["status"] == "stopped");
    CHECK(by_id[stopped]["pid"] == 0);

    Result quiet = call({"list", "--quiet"});
    REQUIRE_OK(quiet);
    CHECK_THAT(quiet.out, HasText(created + "\n") && HasText(running + "\n") && HasText(stopped + "\n"));
    // -q wins over the format.
    CHECK(call({"list", "-q", "-f", "json"}).out == quiet.out);

    Result table = call({"list"});
    REQUIRE_OK(table);
    CHECK(table.out.rfind("ID", 0) == 0);
    CHECK_THAT(table.out, HasText(running) && HasText("running") && HasText("stopped") &&
                              HasText("created") && HasText(b.dir().string()) && HasText("root\n"));
    REQUIRE(chown((state_root() / stopped).c_str(), 54321, 54321) == 0);
    json owners;
    for (const auto& entry : json::parse(call({"list", "-f", "json"}).out))
        owners[entry["id"]] = entry["owner"];
    CHECK(owners[created] == "root");
    CHECK(owners[running] == "root");
    CHECK(owners[stopped] == "#54321");
    size_t column = table.out.find("STATUS");
    size_t line = table.out.find(running);
    CHECK(table.out.compare(line + column, 7, "running") == 0);
}

RUNTIME_TEST("list: a bad format is an error", "[lifecycle][list]") {
    CHECK_FAILS(call({"list", "--format", "yaml"}), 1, "invalid format option");
}

RUNTIME_TEST("list: an unreadable entry is reported and the rest is listed", "[lifecycle][list]") {
    std::string c = create(bundle().idle());
    fs::create_directory(state_root() / "broken");
    write_file(state_root() / "broken/state.json", "{");
    write_file(state_root() / "a-file", "");
    Result result = call({"list", "-q"});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, HasText(c));
    CHECK_THAT(plain_errors(result), HasText("load container broken: "));
    fs::remove_all(state_root() / "broken");
    fs::remove(state_root() / "a-file");
}

RUNTIME_TEST("list: a missing root that was asked for is an error", "[lifecycle][list]") {
    Result result = execute({runtime_identity().path, "--root", temp("nowhere"), "list"});
    // Before 1.2 runc made the directory's absence an empty list.
    if (is_old_runc())
        CHECK(result.exit_code <= 1);
    else
        CHECK_FAILS(result, 1, "no such file or directory");
}

RUNTIME_TEST("list: a fifo in the place of a record holds nobody up", "[lifecycle][list]") {
    if (!is_runcxx()) return;
    std::string c = run_detached(bundle().idle());
    const auto broken = runtime().root() / "broken";
    fs::create_directory(broken);
    REQUIRE(mkfifo((broken / "state.json").c_str(), 0600) == 0);
    Result result = call({"list", "--quiet"});
    REQUIRE_OK(result);
    CHECK(result.out == c + "\n");
    CHECK_THAT(result.err, HasText("load container broken: "));
    fs::remove_all(broken);
}
