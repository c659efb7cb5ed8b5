"""Report: a definition and a published warehouse become HTML and PDF."""
