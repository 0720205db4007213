"""The appliance as a device: set up by one settings file on a USB stick, and what it says at its first start."""
