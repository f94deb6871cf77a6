"""Published addresses: the ledger, forwarding, versions, releases."""
