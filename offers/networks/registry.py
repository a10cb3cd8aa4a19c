"""The networks that we speak. A new one is its adapter, its payloads and one name here."""

from offers.networks.adapters.admitad import Admitad
from offers.networks.base import Network

NETWORKS: dict[str, type[Network]] = {network.slug: network for network in (Admitad,)}


class UnknownNetwork(LookupError):
    """A network account names a network that this release does not speak."""


def network_class(slug: str) -> type[Network]:
    """The adapter of that name. Raises UnknownNetwork."""
    try:
        return NETWORKS[slug]
    except KeyError:
        raise UnknownNetwork(f"There is no adapter for {slug!r}; there are: {', '.join(NETWORKS)}.") from None
