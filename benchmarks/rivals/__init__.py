"""The same pictures through rclip, the loops that tutorials write, and gphotos-search."""
