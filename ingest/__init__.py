"""From files to documents, sections, units and passages; knows nothing of models or search."""
