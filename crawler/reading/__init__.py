"""Bytes to values: encoding, text, title, dates, outline, gaps, attachments and rows. Pure; never judges what it reads."""
