"""Rivals at one lottery."""
