"""The gate: fetches politely, says what kind of answer came, and reads it. Knows neither rules nor people nor SQL."""
