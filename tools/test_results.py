# SPDX-License-Identifier: Apache-2.0
"""What a test program says at its end: Catch2 of either generation, unittest's runner in tests/engines, tests/vm/vm."""
import re

ALL_PASSED = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)", re.M)
SOME_FAILED = re.compile(r"^test cases:\s*(\d+)((?: *\| *\d+ [a-z ]+)*)", re.M)
SKIPPED = re.compile(r"^skipped in all: (\d+)", re.M)
CASES = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
NOTHING_RAN = re.compile(r"^(No tests ran|No test cases matched)", re.M)


def count(output, status):
    """(passed, failed, skipped) of one test program."""
    passed = failed = skipped = 0
    if match := ALL_PASSED.search(output):
        passed = int(match[1])
    elif match := SOME_FAILED.search(output):
        parts = {word.strip(): int(number) for number, word in re.findall(r"(\d+) ([a-z ]+)", match[2])}
        passed = parts.get("passed", 0) + parts.get("failed as expected", 0)
        failed, skipped = parts.get("failed", 0), parts.get("skipped", 0)
    elif match := CASES.search(output):
        passed, failed, skipped = (int(number or 0) for number in match.groups())
    elif status == 0 and not NOTHING_RAN.search(output):
        passed = 1
    if match := SKIPPED.search(output):  # Catch2 2 has no skipping: such a test ended early and was called passed
        skipped = int(match[1])
        passed -= skipped
    if status != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped
