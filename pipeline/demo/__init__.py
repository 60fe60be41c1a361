"""An invented press world served on loopback, with the truth about its copies."""
