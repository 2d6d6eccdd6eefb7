"""What can go wrong between a question and its passages."""


class RetrievalError(Exception):
    """Base of everything that retrieval raises; its message says what to do next."""


class ModelNotFound(RetrievalError):
    """A model is neither a folder, nor an installed package, nor reachable on the hub."""


class ModelDamaged(RetrievalError):
    """A model's weights are not the ones that were published under its name."""


class NoIndex(RetrievalError):
    """There is no index in the folder yet."""


class DamagedIndex(RetrievalError):
    """A file of the index is missing or not what its manifest says."""


class WrongEncoder(RetrievalError):
    """The index was built with another encoder, so its vectors mean nothing to this one."""


class BadDataset(RetrievalError):
    """An evaluation dataset cannot be read."""


class BadReport(RetrievalError):
    """An evaluation report cannot be read, compared or written."""
