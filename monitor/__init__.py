"""The lookout: compares, judges, delivers. Knows rules and people; never Scrapy, SQL or markup."""
