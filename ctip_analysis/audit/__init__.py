"""What a rendered report and its data must not contain."""
