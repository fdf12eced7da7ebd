"""A service manager's end of sd_notify(3): prints each datagram as a line of
JSON. ADDRESS is a path, or "@" and an abstract name."""
import json
import socket
import sys

address = sys.argv[1]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.bind("\0" + address[1:] if address[0] == "@" else address)
    print(json.dumps("bound"), flush=True)
    while True:
        print(json.dumps(manager.recv(4096).decode()), flush=True)
