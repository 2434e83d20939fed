"""The answer in words: its sentence, the lines below it, labels and words for patients."""
