"""What can go wrong while answering; `api` alone turns these into HTTP."""


class ChatError(Exception):
    """Base of everything that chat raises; its message says what to do next."""


class SettingsError(ChatError):
    """A setting is unknown or has a value that it cannot take."""


class UnknownDocument(ChatError):
    """A document id is not in the index."""


class NotOffered(ChatError):
    """The service has no place for what is asked of it: uploads, or feedback."""


class GeneratorFailed(ChatError):
    """The generator broke while composing."""


class NotReady(ChatError):
    """The models and the index are still being loaded, or could not be."""


class Busy(ChatError):
    """Too many questions, or changes of the documents, are waiting already."""
