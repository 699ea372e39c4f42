"""Reading and writing media files through FFmpeg (PyAV). Rational time lives only in here."""
