"""Models over codes: tables, scoring, decoding. No characters, no torch, no scikit-learn."""
