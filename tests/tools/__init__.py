"""What the tests measure with: a real browser, real validators, a real nginx."""
