"""What a person does not want to be told of: the rules, what they make of each edit, and what is left to be told."""
