"""Words in: validation, characters to codes and back. No models, no randomness."""
