"""What the end-to-end tests stand on: the built program and real web servers with the shipped files, on loopback."""
