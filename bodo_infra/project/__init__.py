"""The folder of stack files as the whole platform: what is written there, in which order it goes up, where it goes."""
