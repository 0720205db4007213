import xml.etree.ElementTree as ET

from appliance.web.invitation import Invitation

INVITATION = Invitation(
    address="https://voicebox.local:8443/",
    numeric_address="https://192.168.1.7:8443/",
    pin="042137",
    expires_s=599,
    fingerprint="AB:CD",
    help_address="http://192.168.1.7:8080/",
)


def test_the_link_holds_address_and_digits() -> None:
    assert INVITATION.link == "https://voicebox.local:8443/#pin=042137"


def test_the_picture_is_an_image_by_itself() -> None:
    root = ET.fromstring(INVITATION.svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox")


def test_the_text_says_everything() -> None:
    text = INVITATION.text()
    for part in (
        "https://voicebox.local:8443/",
        "https://192.168.1.7:8443/",
        "042 137",
        "10 more minutes",
        "AB:CD",
        "http://",
    ):
        assert part in text
    assert "█" in text
    assert "\x1b" not in text, "it may be written to a file"
