"""What is in the sky of the survey: stars, galaxies, what varies and what moves."""
