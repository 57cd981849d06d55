"""The kit: from a draft to the files of a site."""
