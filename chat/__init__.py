"""From a question to a verified, cited answer, and the HTTP contract that carries it."""
