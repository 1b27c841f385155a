// SPDX-License-Identifier: Apache-2.0
// What the measured containers run: the least a static program can do.
int main(void) {
    return 0;
}
