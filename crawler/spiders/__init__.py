"""Spiders: one file per kind, and no more of them than the web needs; `site` serves every portal, driven by data."""
