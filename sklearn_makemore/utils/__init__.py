"""Finding estimators and checking them."""
