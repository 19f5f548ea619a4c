"""The particulars of a text, one kind per file; ``nlp.slots.particulars`` reads them all at once."""
