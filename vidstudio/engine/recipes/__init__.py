"""What a person asks for, as the stage calls that give it."""
