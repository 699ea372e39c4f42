"""The right frame at the right time."""
