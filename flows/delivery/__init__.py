"""The loop that sends: the cheapest sufficient call for each row, durable before and after."""
