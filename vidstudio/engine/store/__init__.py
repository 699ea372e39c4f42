"""Projects, media, results, jobs and settings in one SQLite folder."""
