"""The tour: the first page of the demo."""
