"""The knowledge base: what is asked every day, with its answers.

``Knowledge`` finds the article that answers a question, ``Articles`` is where colleagues write them; the files
beside, one per subject, hold those that the house brings along (``house.py``).
"""

from desk.knowledge.articles import Articles, NewArticle
from desk.knowledge.base import Finding, Knowledge, Outcome

__all__ = ["Articles", "Finding", "Knowledge", "NewArticle", "Outcome"]
