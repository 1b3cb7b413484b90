"""What a profile must look like: pure rules, no input or output."""
