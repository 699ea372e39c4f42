"""What the studio remembers: projects, media, results, jobs and settings, in one folder."""
