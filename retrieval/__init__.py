"""From a question to ranked passages: encoder, FAISS and BM25, fusion, the index on disk."""
