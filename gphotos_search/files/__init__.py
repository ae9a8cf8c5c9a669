"""Pictures that lie on this machine: folders and archives, read where they are, never unpacked."""
