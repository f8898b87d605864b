"""Real signals to real programs, many times and at many moments."""
