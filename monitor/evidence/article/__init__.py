"""What one report is: design, role, details, relevance. Pure."""
