"""Count records into cells, as indicators.csv defines them."""
