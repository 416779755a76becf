"""What a notebook puts on the page, and the page as one HTML file."""
