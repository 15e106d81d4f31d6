"""``python -m webapp`` serves Parley."""

import sys

from pydantic import ValidationError

from webapp.config import Settings
from webapp.server import serve


def main() -> None:
    """Serves with the settings of the environment, or says which of them cannot be."""
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        sys.exit("\n".join(wrong))
    serve(settings)


if __name__ == "__main__":
    main()
