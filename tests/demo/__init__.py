"""Tests of the demo: its corpus and its replay."""
