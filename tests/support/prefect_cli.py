"""Several ``prefect`` commands in one process, since each costs seconds to start.

As a script: a JSON list of commands, each a list of words.
"""

import json
import runpy
import sys


def _main() -> None:
    for words in json.loads(sys.argv[1]):
        sys.argv = ["prefect", "--no-prompt", *words]
        try:
            runpy.run_module("prefect", run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                raise


if __name__ == "__main__":
    _main()
