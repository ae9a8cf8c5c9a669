"""What the Google sources share: sign-in and tokens, API clients, quota budget, downloads."""
