"""What is taken, what is refused with which words, and that secrets are never among them."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.device.setup_file import MOST_BYTES, RefusedFile, SetupFile, read_setup
from tests.device.box import KEY, WHOLE

WIFI = '[network]\nwifi = "Home"\npassphrase = "hunter2hunter2"\ncountry = "DE"\n'


def refused(text: str | bytes) -> str:
    with pytest.raises(RefusedFile) as caught:
        read_setup(text if isinstance(text, bytes) else text.encode())
    assert caught.value.problems
    return "\n".join(caught.value.problems)


def test_an_empty_file_changes_nothing() -> None:
    assert read_setup(b"") == SetupFile()
    assert read_setup(b"").settings() == {}


def test_everything_at_once() -> None:
    setup = read_setup(WHOLE)
    assert setup.name == "kitchen-box"
    assert setup.network
    assert setup.network.wifi == "Café & Söhne"
    assert str(setup.network.address) == "192.168.1.40/24"
    assert setup.settings() == {
        "piper": {"speed": 1.2},
        "http": {"language": "de"},
        "models": {"profile": "bundled"},
        "records": {"keep_days": 0},
        "audio": {"microphone": "usb:2886:001a"},
    }


def test_editors_of_windows() -> None:
    assert read_setup(b'\xef\xbb\xbfname = "a"\r\nlanguage = "de"\r\n') == SetupFile(name="a", language="de")
    assert "UTF-8" in refused('name = "a"'.encode("utf-16"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('nmae = "a"', "nmae: there is no such key; did you mean 'name'?"),
        (WIFI + 'adress = "1.2.3.4/8"', "network.adress: there is no such key; did you mean 'address'?"),
        ('[netwrok]\nwifi = "a"', "netwrok: there is no such key; did you mean 'network'?"),
        ('name = "Kitchen box"', "name: string should match"),
        ('name = "-a"', "as in kitchen-box"),
        ('name = "a\\nb"', "name: string should match"),
        ('language = "fr"', "language: input should be 'en' or 'de', not 'fr'"),
        ('keep_conversations = "perhaps"', "keep_conversations: "),
        ('later_sticks = "all"', "later_sticks: "),
        ("[ssh]", "ssh.key: is needed"),
        (f'[ssh]\nkey = """{KEY}\n{KEY}"""', "ssh.key: string should match"),
        ('[network]\nwifi = "a"\npassphrase = ""', "network.country: is needed"),
        ('[network]\nwifi = "a\\nPassphrase=b"', "network.wifi: string should match"),
        ('[network]\naddress = "192.168.1.999/24"', "network.address: "),
        ('[audio]\necho = "loud"', "audio.echo: "),
        ("appliance = 3", "appliance: "),
        ("[appliance]\npiper = 3", "appliance.piper: "),
        ("name = ", "look at end of document"),
        ("\nname = anna", "look at line 2, column 8"),
        (b"\x00\x01\x02", "not valid TOML"),
        (b"\xff\xfe\xff", "no text in UTF-8"),
    ],
)
def test_what_is_refused_and_why(text: str | bytes, words: str) -> None:
    assert words in refused(text)


def test_floods() -> None:
    assert "more than 64 KB" in refused(b"#" * (MOST_BYTES + 1))
    assert "not valid TOML" in refused("a = " + "9" * 5000)
    assert "not valid TOML" in refused("a = " + "[" * 3000)
    assert refused("\n".join(f"key_{n} = 1" for n in range(5000))).endswith("and 4900 more")


def test_all_mistakes_are_told_at_once() -> None:
    problems = refused('nmae = "a"\nlanguage = "fr"\n[network]\nwifi = 3\n[ssh]\n')
    assert problems.count("\n") == 3


PRINTABLE = st.text(st.sampled_from(string.printable[:95]), min_size=8, max_size=63)


@given(st.text(max_size=40), PRINTABLE)
@example("a", " leading and \\back\\slashes ")
def test_names_of_networks_and_passphrases_are_taken_as_they_are_or_not_at_all(
    name: str, phrase: str
) -> None:
    text = f'[network]\ncountry = "DE"\nwifi = {quoted(name)}\npassphrase = {quoted(phrase)}\n'
    taken = read(text)
    name = name.encode("utf-8", "replace").decode()
    if isinstance(taken, RefusedFile):
        assert phrase not in str(taken)
        assert not name.isprintable() or not 0 < len(name.encode()) <= 32
    else:
        assert taken.network
        assert (taken.network.wifi, taken.network.passphrase) == (name, phrase)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_values_of_any_kind_are_taken_or_refused_in_words(value: object) -> None:
    for key in ("name", "time_zone", "keep_conversations", "network", "ssh", "audio", "appliance"):
        taken = read(f"{key} = {toml(value)}")
        assert isinstance(taken, SetupFile) or all(problem.isprintable() for problem in taken.problems)


def read(text: str) -> SetupFile | RefusedFile:
    try:
        return read_setup(text.encode("utf-8", "replace"))
    except RefusedFile as refusal:
        return refusal


def quoted(text: str) -> str:
    """A basic string of TOML."""
    return '"' + "".join(f"\\U{ord(letter):08X}" if not is_plain(letter) else letter for letter in text) + '"'


def is_plain(letter: str) -> bool:
    return (letter.isprintable() or 0xD800 <= ord(letter) < 0xE000) and letter not in '"\\'


def toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return quoted(value) if isinstance(value, str) else str(value).lower()
