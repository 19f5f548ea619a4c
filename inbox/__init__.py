"""What staff do: REST and, under web/, the page."""
