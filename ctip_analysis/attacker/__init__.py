"""What an outsider could work out from editions. Shares no code with the protection it tests."""
