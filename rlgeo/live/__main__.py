"""``python -m rlgeo.live [runtime]`` prints the JavaScript module that the live lab runs on."""

import sys

from rlgeo.live.module import javascript
from rlgeo.live.traced import Untraceable

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    try:
        sys.stdout.write(javascript(*sys.argv[1:2]))
    except Untraceable as error:
        sys.exit(f"rlgeo.live: {error}")
