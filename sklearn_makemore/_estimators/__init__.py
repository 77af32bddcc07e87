"""The estimators: scikit-learn's conventions over the layers below."""
