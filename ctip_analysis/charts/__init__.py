"""Maps, lines and bars of an edition, drawn with matplotlib, geopandas and seaborn."""
