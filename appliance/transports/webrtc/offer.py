"""What a page may offer, and what it is told in return: one voice in Opus, one data channel, nothing else."""

import ipaddress
import re
from typing import Final

from aiortc.sdp import MediaDescription, SessionDescription

from appliance.core.errors import ApplianceError

LONGEST: Final = 65_536
"""Characters; Chromium's offers of one voice have 3,000."""
MOST_CANDIDATES: Final = 20
"""Addresses that are tried; a laptop with all its interfaces has fewer. The others are left out."""
FORMAT: Final = "minptime=20;useinbandfec=1;stereo=0;maxaveragebitrate=32000"
"""What we like to receive: every packet with a copy of the one before (RFC 7587, section 6.1)."""
RELOAD: Final = "reload the page; if that does not help, use a current Chrome, Edge, Firefox or Safari"
OPUS: Final = re.compile(r"^a=rtpmap:(\d+) opus/48000/2\r?$", re.MULTILINE)


class OfferError(ApplianceError, ValueError):
    """A connection was asked for in a way that cannot be answered."""


def admit(sdp: str) -> str:
    """Check an offer; return what of it is worth trying.

    Names are left out, because resolving them by mDNS takes longer than hearing from who has them; so is the
    promise that no addresses follow, since who gives none still calls us; and so are extensions of packets'
    headers, of which one voice needs none.

    Raises:
        OfferError: it is malformed, or asks for anything but one voice and one data channel.
    """
    if len(sdp) > LONGEST:
        raise OfferError("the page's offer is much too long", RELOAD)
    _check(_parse(sdp))
    lines, candidates = [], 0
    for line in sdp.splitlines():
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > MOST_CANDIDATES or not _is_worth_trying(line):
                continue
        if line != "a=end-of-candidates" and not line.startswith("a=extmap"):
            lines.append(line)
    return "\r\n".join([*lines, ""])


def prefer_repair(answer: str) -> str:
    """The answer, with the wish for packets that can repair the ones before."""
    return OPUS.sub(lambda found: f"{found[0].rstrip()}\r\na=fmtp:{found[1]} {FORMAT}\r", answer)


def _parse(sdp: str) -> SessionDescription:
    try:
        return SessionDescription.parse(sdp)
    except Exception as error:  # noqa: BLE001 - aiortc's parser meets bad input with whatever comes first
        raise OfferError(f"the page's offer cannot be read ({error})", RELOAD) from None


def _check(offer: SessionDescription) -> None:
    kinds = sorted(media.kind for media in offer.media)
    if "audio" not in kinds:
        raise OfferError("the page offers no sound", "allow the page to use the microphone")
    if kinds not in (["audio"], ["application", "audio"]):
        raise OfferError(
            f"the page offers {', '.join(kinds)[:100]}; one voice and one data channel are taken", RELOAD
        )
    # aiortc takes the first group for the whole truth, and gives everybody the transport of its first member.
    bundled = next((group.items for group in offer.group if group.semantic == "BUNDLE"), [])
    if sorted(bundled) != sorted(media.rtp.muxId for media in offer.media) or len({*bundled}) < len(bundled):
        raise OfferError("the page wants more than one transport", RELOAD)
    for media in offer.media:
        if not (media.ice and media.ice.usernameFragment and media.ice.password):
            raise OfferError("the page's offer lacks its ICE name or password", RELOAD)
        if not (media.dtls and media.dtls.fingerprints):
            raise OfferError("the page's offer lacks the fingerprint of its key", RELOAD)
        if media.kind == "audio":
            _check_voice(media)


def _check_voice(media: MediaDescription) -> None:
    if media.direction != "sendrecv":
        raise OfferError(
            "the page does not both speak and listen", "allow the page to use the microphone, and reload it"
        )
    if not media.rtcp_mux:
        raise OfferError("the page wants more than one transport", RELOAD)
    if not any(codec.mimeType.lower() == "audio/opus" for codec in media.rtp.codecs):
        raise OfferError("the page cannot send its sound in Opus", RELOAD)


def _is_worth_trying(candidate: str) -> bool:
    """Whether it is an address, to be reached by UDP."""
    parts = candidate.split()
    if len(parts) < 8 or parts[2].lower() != "udp":
        return False
    try:
        ipaddress.ip_address(parts[4])
    except ValueError:
        return False
    return True
