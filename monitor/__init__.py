"""Monitor watches PubMed for one clinical question and mails what changed, with the answer first."""

__version__ = "0.1.0"
