"""The commands of the front door, one file per group. Only they and `monitor.__main__` know both crawler and monitor."""
