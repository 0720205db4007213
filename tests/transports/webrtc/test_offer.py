"""Which offers are answered. Everything else is told in a sentence."""

import asyncio
import contextlib
import random
from collections.abc import Callable

import pytest

from appliance.transports.webrtc.offer import LONGEST, OfferError, admit, prefer_repair
from tests.transports.webrtc.page import Page

CHROMIUM = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS 0b5d
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 5f3c1d8e-93a1-4c1c-8a8e-6a2b43f6d1f2.local 51820 typ host generation 0
a=candidate:2 1 udp 2113937151 192.0.2.7 51821 typ host generation 0
a=candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active generation 0
a=candidate:4 1 udp 2113937151 fe80::1 51822 typ host generation 0
a=end-of-candidates
a=ice-ufrag:8hhY
a=ice-pwd:asd88fgpdd777uzjYhagZg3x
a=ice-options:trickle
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=msid:0b5d 9a1c
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:8hhY
a=ice-pwd:asd88fgpdd777uzjYhagZg3x
a=ice-options:trickle
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
""".replace("\n", "\r\n")


def test_a_browsers_offer_is_admitted_without_what_is_not_worth_trying() -> None:
    admitted = admit(CHROMIUM)
    assert [line.split()[4] for line in admitted.splitlines() if line.startswith("a=candidate")] == [
        "192.0.2.7",
        "fe80::1",
    ]
    assert "end-of-candidates" not in admitted
    assert "a=ssrc:3570614608" in admitted


def test_a_page_without_a_channel_is_admitted() -> None:
    alone = CHROMIUM[: CHROMIUM.index("m=application")].replace("BUNDLE 0 1", "BUNDLE 0")
    assert "m=audio" in admit(alone)


def test_only_so_many_addresses_are_tried() -> None:
    many = "".join(f"a=candidate:{n} 1 udp 1 192.0.2.{n} 5000 typ host\r\n" for n in range(200))
    admitted = admit(CHROMIUM.replace("a=end-of-candidates\r\n", many))
    assert admitted.count("a=candidate") <= 20


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda sdp: "", "no sound"),
        (lambda sdp: "hello", "no sound"),
        (lambda sdp: "\0" * 1000, "no sound"),
        (lambda sdp: "v=0\r\nm=audio\r\n", "cannot be read"),
        (lambda sdp: "a" * (LONGEST + 1), "too long"),
        (lambda sdp: sdp.replace("m=audio", "m=video"), "no sound"),
        (lambda sdp: sdp.replace("m=audio 9", "m=audio x"), "cannot be read"),
        (lambda sdp: sdp[: sdp.index("m=audio")] + sdp[sdp.index("m=application") :], "no sound"),
        (lambda sdp: sdp + sdp[sdp.index("m=application") :], "application, application, audio"),
        (lambda sdp: sdp + sdp[sdp.index("m=audio") : sdp.index("m=application")], "audio, audio"),
        (lambda sdp: sdp.replace("BUNDLE 0 1", "BUNDLE 0"), "more than one transport"),
        (lambda sdp: sdp.replace("a=group:BUNDLE 0 1\r\n", ""), "more than one transport"),
        (lambda sdp: sdp.replace("a=rtcp-mux\r\n", ""), "more than one transport"),
        (lambda sdp: sdp.replace("a=ice-pwd:asd88fgpdd777uzjYhagZg3x\r\n", ""), "ICE"),
        (lambda sdp: sdp.replace("a=ice-ufrag:8hhY\r\n", ""), "ICE"),
        (
            lambda sdp: "\r\n".join(line for line in sdp.split("\r\n") if "fingerprint" not in line),
            "fingerprint",
        ),
        (lambda sdp: sdp.replace("opus/48000/2", "speex/16000"), "Opus"),
        (lambda sdp: sdp.replace("a=sendrecv", "a=recvonly"), "speak and listen"),
        (lambda sdp: sdp.replace("a=sendrecv", "a=sendonly"), "speak and listen"),
        (lambda sdp: sdp.replace("a=sendrecv", "a=inactive"), "speak and listen"),
    ],
)
def test_other_offers_are_refused_with_a_sentence_and_a_remedy(
    change: Callable[[str], str], problem: str
) -> None:
    with pytest.raises(OfferError, match=problem) as refused:
        admit(change(CHROMIUM))
    assert refused.value.remedy
    assert isinstance(refused.value, ValueError)


def test_of_two_thousand_damaged_offers_none_does_anything_but_pass_or_be_refused() -> None:
    chance = random.Random(4)
    lines = CHROMIUM.split("\r\n")
    for _ in range(2000):
        damaged = [line for line in lines if chance.random() > 0.03]
        for _ in range(chance.randrange(4)):
            place = chance.randrange(len(damaged))
            line = damaged[place]
            cut = chance.randrange(len(line) + 1)
            damaged[place] = (
                line[:cut] + chance.choice(["", "\0", "-1", "9" * 30, "ü", " ", line]) + line[cut + 1 :]
            )
        with contextlib.suppress(OfferError):
            admit("\r\n".join(damaged))


def test_the_wish_for_repair_is_written_where_browsers_read_it() -> None:
    answer = "m=audio 1 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=mid:0\r\n"
    wished = prefer_repair(answer)
    assert wished.splitlines()[2].startswith("a=fmtp:111 ")
    assert "useinbandfec=1" in wished
    assert wished.count("\r\n") == 4
    assert wished.endswith("a=mid:0\r\n")


def test_what_aiortc_offers_is_admitted_too() -> None:
    async def story() -> str:
        page = Page()
        offer = await page.offer()
        await page.close()
        return offer

    assert admit(asyncio.run(story()))
