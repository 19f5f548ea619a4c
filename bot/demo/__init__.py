"""The demo: everything on one machine, a sample estate, and a terminal that is an owner's phone."""
