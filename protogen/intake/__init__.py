"""Intake: a drop becomes a Submission. What comes in is hostile until it has been checked here."""
