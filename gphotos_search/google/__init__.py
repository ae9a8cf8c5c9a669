"""What the Google sources share: sign-in, tokens, API client, quota budget and downloads."""

import logging

# At DEBUG these libraries write whole requests: authorization codes, tokens, baseUrls. Each of
# them opens somebody's account or photo, so their chatter stays off whatever the log level.
for _name in ("urllib3", "requests_oauthlib", "oauthlib", "google.auth", "googleapiclient"):
    logging.getLogger(_name).setLevel(logging.ERROR)
