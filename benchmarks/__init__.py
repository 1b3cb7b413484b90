"""Speed, as ratios within one run: ours against the floor, and against what a user would pick instead."""
