import pytest

from appliance.web.settings import FALLBACK_NAME, WebSettings


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("voicebox", "voicebox"),
        ("VoiceBox.local", "voicebox"),
        ("Anna's box", "anna-s-box"),
        ("my_box", "my-box"),
        ("localhost", FALLBACK_NAME),
        ("---", FALLBACK_NAME),
        ("x" * 100, "x" * 63),
    ],
)
def test_a_name_is_one_label_of_a_domain_name(given: str, name: str) -> None:
    assert WebSettings(name=given).box_name() == name


def test_without_a_name_it_is_that_of_the_host() -> None:
    assert WebSettings().box_name().replace("-", "").isalnum()
