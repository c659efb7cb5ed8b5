"""Telling people: by mail, webhook or folder, kept until it is sent; and who watches runs."""
