"""The relay, proven over real sockets."""
