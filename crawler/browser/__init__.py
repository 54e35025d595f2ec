"""Pages as a browser shows them, for sites that fill theirs by script. Needs the extra gongkai[browser] and Chromium."""
