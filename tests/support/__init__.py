"""What tests of several packages share: servers, databases and installations, and what a run makes only once."""
