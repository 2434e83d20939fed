"""Whether one report bears on the question: its intervention tested, in its people. Pure."""
