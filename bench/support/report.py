"""How results are shown."""

from collections.abc import Sequence


def table(*rows: Sequence[str]) -> None:
    """Prints aligned columns: the first to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [
            first.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)),
        ]
        print("  " + "  ".join(cells))


def mark(claim: str, value: float, most: float) -> None:
    """Prints whether a value keeps to what is asked of it."""
    print(f"  {claim}: {value:.2f}, mark {most:g} at most: {'met' if value <= most else 'missed'}")


def least(claim: str, value: float, least: float) -> None:
    """Prints whether a value is as much as is asked of it."""
    print(f"  {claim}: {value:.2f}, mark {least:g} at least: {'met' if value >= least else 'missed'}")
