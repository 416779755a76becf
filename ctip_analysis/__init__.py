"""Programme analysis for counter-trafficking in persons in Cambodia.

Records stay behind the wall; what leaves is an edition. See README.md for the modules and METHODS.md for the rules.
"""

__version__ = "0.1.0"
