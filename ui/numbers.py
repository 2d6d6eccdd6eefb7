"""How figures of a report are written: shares without the leading zero, always of one width."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a terminal is ready before the libraries that measure
    from retrieval.measures import Measured
    from retrieval.significance import Difference


def share(value: float, digits: int = 3) -> str:
    """A share: .812, or 1.000."""
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0") else text


def signed(value: float, digits: int = 3) -> str:
    """A difference of shares: +.023, −.110; ±0 where it rounds to nothing."""
    text = share(abs(value), digits)
    if not text.strip(".0"):
        return "±0"
    return f"{'+' if value > 0 else '−'}{text}"


def measured(found: "Measured") -> str:
    """A mean with its interval: .812 [.80, .83]."""
    return f"{share(found.value)} [{share(found.low, 2)}, {share(found.high, 2)}]"


def differs(found: "Difference") -> str:
    """A difference with its interval: +.023 [+.01, +.04]."""
    return f"{signed(found.value)} [{signed(found.low, 2)}, {signed(found.high, 2)}]"


def p_value(p: float) -> str:
    """A p: p = .041, or p < .001."""
    return "p < .001" if p < 0.001 else f"p = {share(p)}"


def mark(found: "Difference") -> str:
    """▲ or ▼ for a difference beyond noise, nothing otherwise."""
    return ("▲" if found.value > 0 else "▼") if found.significant else ""
