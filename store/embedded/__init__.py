"""MongoDB and Redis on this machine, for the demo, the tests and small trials: nothing to install, nothing to set up.

Imported only when ``GUANJIA_MONGODB_URI`` or ``GUANJIA_REDIS_URL`` is empty.
"""

from store.embedded.server import EmbeddedUnavailable
from store.embedded.shared import EmbeddedStores, attach

__all__ = ["EmbeddedStores", "EmbeddedUnavailable", "attach"]
