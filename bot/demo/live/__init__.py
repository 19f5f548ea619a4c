"""Live mode: sample owners go on writing and colleagues go on working, so that the demo is never still."""
