"""Classifiers: sentences in, calibrated probabilities out; each is a scikit-learn estimator."""
