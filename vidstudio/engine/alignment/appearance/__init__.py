"""How pictures look: descriptors, cuts, what differs between two, and through what A has to be seen to look like B."""
