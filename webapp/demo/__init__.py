"""Something to hear on the first day: two bots who talk in a space of their own."""
