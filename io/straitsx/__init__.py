"""The StraitsX Customer Profile API: client, signing, pacing, classes of answer."""
