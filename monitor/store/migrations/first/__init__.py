"""The tables of the first migration, by subject: literature (`watching`), evidence (`judging`), mail (`mailing`)."""
