// SPDX-License-Identifier: Apache-2.0
// A config.json with every property that OCI runtime-spec 1.3.0 defines for Linux, none at its default.
#pragma once

inline constexpr const char* kFullSpec = R"json({
  "ociVersion": "1.0.2-dev",
  "process": {
    "terminal": true,
    "consoleSize": {"height": 24, "width": 80},
    "user": {"uid": 1, "gid": 2, "umask": 18, "additionalGids": [5, 6]},
    "args": ["/bin/app", "--flag"],
    "env": ["PATH=/bin", "EMPTY="],
    "cwd": "/work",
    "capabilities": {
      "bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_KILL"], "inheritable": ["CAP_FOWNER"],
      "permitted": ["CAP_CHOWN"], "ambient": ["CAP_SETUID"]
    },
    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 1024}],
    "noNewPrivileges": true,
    "apparmorProfile": "acme_profile",
    "oomScoreAdj": -100,
    "scheduler": {
      "policy": "SCHED_DEADLINE", "nice": -5, "priority": 10, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
      "runtime": 1000000, "deadline": 2000000, "period": 3000000
    },
    "selinuxLabel": "system_u:system_r:svirt_lxc_net_t:s0:c124,c675",
    "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 4},
    "execCPUAffinity": {"initial": "7", "final": "0-3,7"}
  },
  "root": {"path": "rootfs", "readonly": true},
  "hostname": "slartibartfast",
  "domainname": "magrathea.example",
  "mounts": [
    {
      "destination": "/data", "type": "none", "source": "/volumes/testing", "options": ["rbind", "rw"],
      "uidMappings": [{"containerID": 1, "hostID": 1000, "size": 32000}],
      "gidMappings": [{"containerID": 2, "hostID": 2000, "size": 32001}]
    }
  ],
  "hooks": {
    "prestart": [{"path": "/bin/prestart", "args": ["prestart", "x"], "env": ["K=v"], "timeout": 5}],
    "createRuntime": [{"path": "/bin/create-runtime", "args": ["a"], "env": ["b=c"], "timeout": 6}],
    "createContainer": [{"path": "/bin/create-container", "args": ["a"], "env": ["b=c"], "timeout": 7}],
    "startContainer": [{"path": "/bin/start-container", "args": ["a"], "env": ["b=c"], "timeout": 8}],
    "poststart": [{"path": "/bin/poststart", "args": ["a"], "env": ["b=c"], "timeout": 9}],
    "poststop": [{"path": "/bin/poststop", "args": ["a"], "env": ["b=c"], "timeout": 10}]
  },
  "annotations": {"com.example.key1": "value1", "com.example.key2": "<&> \u00e9 \ud83d\ude00 \u0001"},
  "linux": {
    "uidMappings": [{"containerID": 10, "hostID": 1000, "size": 4294967295}],
    "gidMappings": [{"containerID": 11, "hostID": 1001, "size": 3}],
    "sysctl": {"net.ipv4.ip_forward": "1", "net.core.somaxconn": "256"},
    "resources": {
      "devices": [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}],
      "memory": {
        "limit": 536870912, "reservation": 536870911, "swap": -1, "kernel": -2, "kernelTCP": -3, "swappiness": 60,
        "disableOOMKiller": true, "useHierarchy": true, "checkBeforeUpdate": true
      },
      "cpu": {
        "shares": 1024, "quota": 1000000, "burst": 1000001, "period": 500000, "realtimeRuntime": 950000,
        "realtimePeriod": 1000002, "cpus": "2-3", "mems": "0-7", "idle": 1
      },
      "pids": {"limit": 32771},
      "blockIO": {
        "weight": 10, "leafWeight": 11,
        "weightDevice": [{"major": 8, "minor": 1, "weight": 500, "leafWeight": 300}],
        "throttleReadBpsDevice": [{"major": 8, "minor": 2, "rate": 600}],
        "throttleWriteBpsDevice": [{"major": 8, "minor": 3, "rate": 601}],
        "throttleReadIOPSDevice": [{"major": 8, "minor": 4, "rate": 602}],
        "throttleWriteIOPSDevice": [{"major": 8, "minor": 5, "rate": 603}]
      },
      "hugepageLimits": [{"pageSize": "2MB", "limit": 9223372036854775808}],
      "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]},
      "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
      "unified": {"memory.high": "1000000", "io.max": "8:0 rbps=1\n"}
    },
    "cgroupsPath": "/myRuntime/myContainer",
    "namespaces": [{"type": "network", "path": "/run/netns/blue"}, {"type": "pid", "path": "/proc/1/ns/pid"}],
    "devices": [
      {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 7, "gid": 8}
    ],
    "netDevices": {"eth0": {"name": "container_eth0"}},
    "seccomp": {
      "defaultAction": "SCMP_ACT_ERRNO",
      "defaultErrnoRet": 38,
      "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
      "flags": ["SECCOMP_FILTER_FLAG_LOG"],
      "listenerPath": "/run/agent.sock",
      "listenerMetadata": "opaque",
      "syscalls": [
        {
          "names": ["getcwd", "chmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
          "args": [{"index": 1, "value": 18446744073709551614, "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ"}]
        }
      ]
    },
    "rootfsPropagation": "slave",
    "maskedPaths": ["/proc/kcore"],
    "readonlyPaths": ["/proc/sys"],
    "mountLabel": "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811",
    "intelRdt": {
      "closID": "guaranteed_group", "schemata": ["L3:0=7f0;1=1f"], "l3CacheSchema": "L3:0=7f0;1=1f",
      "memBwSchema": "MB:0=20;1=70", "enableMonitoring": true
    },
    "memoryPolicy": {"mode": "MPOL_INTERLEAVE", "nodes": "0-3", "flags": ["MPOL_F_STATIC_NODES"]},
    "personality": {"domain": "LINUX32", "flags": ["ADDR_NO_RANDOMIZE"]},
    "timeOffsets": {"boottime": {"secs": -5, "nanosecs": 999999999}, "monotonic": {"secs": 172800, "nanosecs": 1}}
  }
})json";
