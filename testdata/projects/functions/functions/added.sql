select x + y
