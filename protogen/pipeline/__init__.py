"""Submission -> Site: five stages, each with a fallback that needs no model."""
