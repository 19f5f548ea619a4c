"""Learning the weights from the corpus. Needs the extra ``train``; nothing that serves imports this folder."""
