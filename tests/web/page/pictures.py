"""Draws the pictures of “from a blank box to the first answer”, by `python -m tests.web.page.pictures`.

Pages are the real ones. The terminals of the first two show, shortened, what their commands print; `setup` is asked.
The fourth is a kiosk image's own screen, in QEMU: `make image-test` takes such pictures (boot/screen-first-….png).
"""

import html
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import aioice

from tests.web.page import screenshots
from tests.web.page.chromium import CHROMIUM, Browser, Page, arguments, expect, sync_playwright
from tests.web.page.fake_box import FakeBox
from tests.web.page.fake_owner import INVITATION

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"
MOST_BYTES = 60_000
"""Of one picture: whoever reads the README loads ten."""

WIDE = {"width": 960, "height": 540}
PHONE = {"width": 360, "height": 720}
TERMINAL = {"width": 960, "height": 340}
PROMPT = "$ "

SETUP = """\
name = "kitchen-box"
time_zone = "Europe/Berlin"

[network]
wifi = "Our network"
passphrase = "correct horse"
country = "DE"
"""

BUILD = """\
$ sudo make image KIOSK=1 PROFILE=cpu
Bootstrapping bookworm…
…
Packing the initial RAM disk of kernel 6.1.0-56-amd64…
The image has all it needs, and nothing of anybody's.
Assembling the disk…
Compressing…
Done: build/image/voice-appliance-….raw.zst.  Flash it:
  zstdcat build/image/voice-appliance-….raw.zst | sudo dd of=/dev/sdX bs=4M conv=fsync status=progress
"""
FLASH = """\
$ lsblk -o NAME,SIZE,TRAN,MODEL          # which one is the box's disk, or the stick it starts from?
$ cd build/image && sha256sum -c SHA256SUMS --ignore-missing
voice-appliance-….raw.zst: OK
$ zstdcat voice-appliance-*.raw.zst | sudo dd of=/dev/sdX bs=4M conv=fsync status=progress
"""


def terminal(page: Page, text: str) -> None:
    """What a terminal shows; what is typed stands out."""
    lines = [
        f"<b>{html.escape(line)}</b>" if line.startswith(PROMPT) else html.escape(line)
        for line in text.rstrip().splitlines()
    ]
    page.set_content(
        "<body style='margin:0;padding:20px;background:#12151a;color:#a7b0ba;font:15px/1.6 monospace'>"
        f"<style>b{{color:#eeece7}}</style><pre style='margin:0;white-space:pre-wrap'>{'<br>'.join(lines)}</pre>"
    )


def build(page: Page, _: FakeBox) -> None:
    terminal(page, BUILD)


def flash(page: Page, _: FakeBox) -> None:
    terminal(page, FLASH)


def stick(page: Page, _: FakeBox) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "appliance-setup.toml"
        file.write_text(SETUP)
        command = [sys.executable, "-m", "appliance", "setup", "--check", str(file)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    place = "/media/usb/appliance-setup.toml"
    shown = f"$ cat {place}\n{SETUP}\n$ appliance setup --check {place}\n{said.replace(str(file), place)}"
    terminal(page, shown)


def invitation(page: Page, box: FakeBox) -> None:
    INVITATION["owned"] = False
    screenshots.invitation(page, box)
    expect(page.locator("#first")).to_be_visible()


def certificate(page: Page, box: FakeBox) -> None:
    screenshots.certificate(page, box)


def pairing(page: Page, box: FakeBox) -> None:
    box.me["paired"] = False
    page.goto(box.address)
    page.locator("#device").fill("Anna’s phone")
    page.locator("#pin").type("123")


def hearing(page: Page, box: FakeBox) -> None:
    INVITATION["owned"] = True
    screenshots.invitation(page, box)
    box.tell("state", state="hearing")
    box.tell("partial", text="How many days are in a", stable=17)
    for _ in range(12):
        box.tell("levels", you=0.12, box=0.001)
        page.wait_for_timeout(50)


def answer(page: Page, box: FakeBox) -> None:
    screenshots.invitation(page, box)
    box.tell("understood", turn=1, text="How many days are in a week?")
    box.tell("state", state="speaking")
    box.tell("saying", turn=1, text="A week has seven days.")
    for _ in range(12):
        box.tell("levels", you=0.001, box=0.12)
        page.wait_for_timeout(50)


PICTURES: list[tuple[str, Callable[[Page, FakeBox], None], dict[str, int]]] = [
    ("01-build", build, TERMINAL),
    ("02-flash", flash, TERMINAL),
    ("03-stick", stick, TERMINAL),
    ("05-invitation", invitation, WIDE),
    ("06-certificate", certificate, PHONE),
    ("07-pairing", pairing, PHONE),
    ("08-door", screenshots.door, PHONE),
    ("09-question", hearing, WIDE),
    ("10-answer", answer, WIDE),
]
"""Name, what is to be seen, size."""


def draw(browser: Browser, name: str, scene: Callable[[Page, FakeBox], None], size: dict[str, int]) -> None:
    box = FakeBox()
    box.start()
    with browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="en", permissions=["microphone"]
    ) as context:
        page = context.new_page()
        scene(page, box)
        file = FOLDER / f"{name}.png"
        page.screenshot(path=file)
    box.close()
    if (bytes_ := file.stat().st_size) > MOST_BYTES:
        sys.exit(f"{file} has {bytes_} bytes, {MOST_BYTES} at most")


def main() -> None:
    """Draw all, or those that are named."""
    aioice.ice.get_host_addresses = lambda **_: ["127.0.0.1"]  # as in conftest.py
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments(None))
        for name, scene, size in PICTURES:
            if not sys.argv[1:] or name in sys.argv[1:]:
                draw(browser, name, scene, size)
        browser.close()


if __name__ == "__main__":
    main()
