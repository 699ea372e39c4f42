"""Second thoughts about which frame shows which: what only looks like A goes, what was hidden or lost comes back."""
