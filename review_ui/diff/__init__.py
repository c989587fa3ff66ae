"""Reading a change: what its rows are, how they break, what stands out in them. Nothing here knows a screen."""
