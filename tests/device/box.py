"""A root folder as a new box has it, and settings files for it."""

from pathlib import Path

from appliance.device.plan import IWD, NETWORKD, SSHD

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8y8Ss1PlE0O5vNUCbU1mYwP8cXyRYyPmYh0sW4rJTQ anna@laptop"
WHOLE = f"""
name = "kitchen-box"
time_zone = "Europe/Berlin"
language = "de"
profile = "bundled"
keep_conversations = false

[network]
wifi = "Café & Söhne"
passphrase = 'correct horse\\battery'
country = "DE"
address = "192.168.1.40/24"
gateway = "192.168.1.1"
dns = ["192.168.1.1", "9.9.9.9"]

[ssh]
key = "{KEY}"

[audio]
microphone = "usb:2886:001a"

[appliance.piper]
speed = 1.2
""".encode()
"""Everything at once."""
MACHINE = "4c4c4544004b3510805ac4c04f4d3932"


def box(root: Path) -> Path:
    """A system that was never started."""
    for program in (NETWORKD, IWD, SSHD):
        write(root / program, "")
    write(root / "etc/hostname", "localhost\n")
    write(root / "etc/machine-id", f"{MACHINE}\n")
    for zone in ("Europe/Berlin", "America/Argentina/Ushuaia", "UTC"):
        write(root / "usr/share/zoneinfo" / zone, "TZif2")
    write(root / "etc/appliance/appliance.toml", '# ours\n[models]\nfolder = "/var/lib/appliance-models"\n')
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def everything(root: Path) -> dict[str, object]:
    """All files and links below a folder, as they are."""
    return {
        str(path.relative_to(root)): path.readlink()
        if path.is_symlink()
        else (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }
