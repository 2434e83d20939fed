"""What all reports of a question say together: trials, synthesis, answer, wording. Pure."""
