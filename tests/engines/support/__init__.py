# SPDX-License-Identifier: Apache-2.0
"""What every engine's test is built on: a host of its own, cases, an image, a terminal, a daemon."""
