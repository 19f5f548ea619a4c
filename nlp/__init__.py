"""Text in, meaning out. Knows no other room and does no I/O beyond loading its own data files."""
