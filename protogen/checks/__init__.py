"""What a page must satisfy: HTML, CSS, JavaScript, facts, copy and contrast."""
