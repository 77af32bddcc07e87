"""``python -m sklearn_makemore``: the command line."""

# SPDX-License-Identifier: BSD-3-Clause

from sklearn_makemore.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
