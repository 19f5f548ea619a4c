"""What the mini-program asks: REST for owners and for technicians on the move."""
