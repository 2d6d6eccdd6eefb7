"""What can go wrong while reading documents."""


class IngestError(Exception):
    """Base of everything that ingest raises; its message says what to do next."""


class UnreadableDocument(IngestError):
    """One file cannot be read; the others can go on."""


class NothingToIngest(IngestError):
    """None of the given paths holds a readable document."""
