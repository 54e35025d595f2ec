"""What helps to run the house: the example watchlist and the made-up region of the demo. Holds no part of the house itself."""
