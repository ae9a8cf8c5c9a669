"""The long-running side: scheduler, signals, and an HTTP API on a unix socket."""
