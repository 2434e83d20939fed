"""Tests of the sources other than PubMed."""
