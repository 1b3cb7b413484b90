"""The command line with an ear at every socket: each address that it looks up or connects to goes to a file.

As a script: the file, then the words of the command line.
"""

import sys
from pathlib import Path


def _main() -> None:
    log = Path(sys.argv[1])

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            address = (arguments[0],)
        else:
            return
        with log.open("a") as stream:
            stream.write(f"{address[0] if isinstance(address, tuple) else address}\n")

    sys.addaudithook(listen)
    sys.argv = ["straitsx-bulk", *sys.argv[2:]]
    from straitsx_bulk.flows.cli import main

    main()


if __name__ == "__main__":
    _main()
