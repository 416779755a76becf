"""Figures are closed after each test of a chart."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def closes():
    """Close what a test left open, before the check of all tests that nothing is."""
    yield
    plt.close("all")
