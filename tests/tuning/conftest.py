"""Models that are tiny, and a server that has them."""

from tests.engines.models.conftest import server, store

__all__ = ["server", "store"]
